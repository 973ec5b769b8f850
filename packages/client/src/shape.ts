/**
 * Checks of records that the compiler holds against their type: it tells when a field, a variant or a
 * word is missing or too much, and when one that may be absent is asked for.
 */
import { type Check, isOneOf, isOptional, isRecordOf, isVariantOf } from '@holdfast/primitives'

type OptionalKey<Type> = keyof {
  [Key in keyof Type as Partial<Pick<Type, Key>> extends Pick<Type, Key> ? Key : never]: true
}

type Fields<Keys extends PropertyKey> = { readonly [Key in Keys]: Check }
type Required<Type> = Fields<Exclude<keyof Type, OptionalKey<Type>>>
type Optional<Type> = Fields<OptionalKey<Type>>

/** The fields of one variant: those that must be there, and those that may. */
export type Shape<Type> = readonly [required: Required<Type>, optional: Optional<Type>]

type Variant<Union extends { readonly kind: string }, Kind> = Omit<
  Extract<Union, { readonly kind: Kind }>,
  'kind'
>

export type Shapes<Union extends { readonly kind: string }> = {
  readonly [Kind in Union['kind']]: Shape<Variant<Union, Kind>>
}

/** An object with exactly these fields. */
export function isShape<Type>(required: Required<Type>, optional: Optional<Type>): Check {
  return isRecordOf({ ...required, ...mapFields(optional, isOptional) })
}

/** A union told apart by `kind`. */
export function isUnion<Union extends { readonly kind: string }>(shapes: Shapes<Union>): Check {
  // `isVariantOf` has looked at the kind already.
  const kind: Check = () => true
  return isVariantOf(
    mapFields(shapes, ([required, optional]: readonly [Fields<string>, Fields<string>]) =>
      isRecordOf({ kind, ...required, ...mapFields(optional, isOptional) }),
    ),
  )
}

/** One of the words of a type. */
export function isWord<Word extends string>(words: Readonly<Record<Word, true>>): Check {
  return isOneOf(Object.keys(words))
}

function mapFields<Field, Result>(
  fields: Readonly<Record<string, Field>>,
  map: (field: Field) => Result,
): Record<string, Result> {
  return Object.fromEntries(Object.entries(fields).map(([key, field]) => [key, map(field)]))
}
