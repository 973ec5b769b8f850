import { Fault, type FaultyWord } from './fault.ts'
import type { Kind } from './kind.ts'
import type { Names } from './names.ts'

/** One word of a command: the name of a field, and how its value is written. */
export interface Word<Value> {
  readonly word: string
  readonly kind: Kind<Value>
  /** What it does, for help and the table of the documentation. */
  readonly about: string
  /** Given by its place in the line, from 1, without its name. */
  readonly place?: number
  /** What it is when it is not given. Without one, a word with a place must be there. */
  readonly fallback?: (names: Names) => Value
  /** A word with a place that may be left out. */
  readonly isOptional?: boolean
  /** A word without a place that must be there when others of its group are. */
  readonly isNeeded?: boolean
}

/** The words of a field that is an object. */
export interface Group<Value> {
  readonly parts: Fields<Value>
  /** The field is absent when none of its words is given. Otherwise it is always there. */
  readonly isOptional: boolean
}

/**
 * The words for all fields of a type; the compiler tells when one has none. (A call gives no path of a
 * resource but names the parent lock; a filter may give one.)
 */
export type Fields<Shape> = {
  readonly [Field in keyof Shape]-?:
    | Word<NonNullable<Shape[Field]>>
    | Group<Omit<NonNullable<Shape[Field]>, 'path'>>
}

export type AnyFields = Readonly<Record<string, Word<unknown> | Group<unknown>>>

/** All words of the fields, those with a place first and in order. */
export function wordsOf(fields: AnyFields): readonly Word<unknown>[] {
  const words = Object.values(fields).flatMap((field) =>
    'parts' in field ? wordsOf(field.parts) : [field],
  )
  return words.toSorted((a, b) => placeOf(a) - placeOf(b))
}

/** Each field of the type with the word that it has. */
export function namedFields(fields: AnyFields): readonly (readonly [string, string])[] {
  return Object.entries(fields).flatMap(([field, wanted]) =>
    'parts' in wanted ? namedFields(wanted.parts) : [[field, wanted.word] as const],
  )
}

function placeOf({ place = Number.POSITIVE_INFINITY }: Word<unknown>): number {
  // Infinity minus itself is no number to sort by.
  return Math.min(place, 99)
}

/** What a line says, word by word, before it is known what the names stand for. */
export type Given = ReadonlyMap<string, GivenWord>

export interface GivenWord extends FaultyWord {
  /** The value as it was written. */
  readonly value: string
}

/** The object that the words describe. Throws a `Fault` at the word that is wrong or missing. */
export function assemble<Shape>(fields: Fields<Shape>, given: Given, names: Names): Shape {
  return assembleAny(fields, given, names) as Shape
}

function assembleAny(fields: AnyFields, given: Given, names: Names): object {
  const entries = Object.entries(fields).flatMap(([field, wanted]) => {
    const value =
      'parts' in wanted ? readGroup(wanted, given, names) : readWord(wanted, given, names)
    return value === undefined ? [] : [[field, value]]
  })
  return Object.fromEntries(entries)
}

function readGroup(group: Group<unknown>, given: Given, names: Names): object | undefined {
  const isNamed = wordsOf(group.parts).some(({ word }) => given.has(word))
  if (group.isOptional && !isNamed) return undefined
  return assembleAny(group.parts, given, names)
}

function readWord(wanted: Word<unknown>, given: Given, names: Names): unknown {
  const found = given.get(wanted.word)
  if (found !== undefined) return readAt(found, wanted, names)
  if (wanted.fallback !== undefined) return wanted.fallback(names)
  if (!isNeeded(wanted)) return undefined
  throw new Fault(`${wanted.word} is missing: ${wanted.kind.hint}`)
}

export function isNeeded({ place, isOptional = false, isNeeded: needed }: Word<unknown>): boolean {
  return needed ?? (place !== undefined && !isOptional)
}

/** Reads one value; a fault names the word. */
export function readAt<Value>(found: GivenWord, { word, kind }: Word<Value>, names: Names): Value {
  try {
    return kind.read(found.value, names)
  } catch (error) {
    if (!Fault.is(error)) throw error
    throw new Fault(`${word}: ${error.message}`, { word: found, cause: error })
  }
}
