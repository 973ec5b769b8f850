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

/** Checks by name; one that accepts `undefined` is of a field that may be absent. */
export type FieldChecks = Readonly<Record<string, Check>>

const asked = new WeakMap<Check, string | FieldChecks>()

/** What a value must be for a check: words that stand after "must be", or fields with checks of their own. */
export function askedBy(check: Check): string | FieldChecks | undefined {
  return asked.get(check)
}

/** The check, with words for what it asks for. */
export function worded(words: string, check: Check): Check {
  // A check of its own: the same one may have other words elsewhere.
  const own: Check = (value) => check(value)
  asked.set(own, words)
  return own
}

/** The checks of all fields of a shape, those that may be absent among them. */
export function fieldsOf([required, optional]: Shape<never>): FieldChecks {
  return { ...required, ...mapFields(optional, isAbsentOr) }
}

/** An object with exactly these fields. */
export function isShape<Type>(required: Required<Type>, optional: Optional<Type>): Check {
  const fields = fieldsOf([required, optional])
  const check = isRecordOf(fields)
  asked.set(check, fields)
  return check
}

/** A union told apart by `kind`. */
export function isUnion<Union extends { readonly kind: string }>(shapes: Shapes<Union>): Check {
  // `isVariantOf` has looked at the kind already.
  const kind: Check = () => true
  return isVariantOf(
    mapFields(shapes, (shape: Shape<never>) => isRecordOf({ kind, ...fieldsOf(shape) })),
  )
}

/** One of the words of a type. */
export function isWord<Word extends string>(words: Readonly<Record<Word, true>>): Check {
  const list = Object.keys(words)
  return worded(list.join(' or '), isOneOf(list))
}

function isAbsentOr(check: Check): Check {
  const either = isOptional(check)
  const words = asked.get(check)
  if (words !== undefined) asked.set(either, words)
  return either
}

function mapFields<Field, Result>(
  fields: Readonly<Record<string, Field>>,
  map: (field: Field) => Result,
): Record<string, Result> {
  return Object.fromEntries(Object.entries(fields).map(([key, field]) => [key, map(field)]))
}
