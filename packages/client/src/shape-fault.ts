/** What is wrong with a value that is not of its shape, in a sentence that says which field and what to do. */
import { nearestName } from '@holdfast/primitives'
import { askedBy, type FieldChecks, fieldsOf, type Shape, type Shapes } from './shape.ts'

type Values = Readonly<Record<string, unknown>>

/** Characters of a value that are shown. */
const SHOWN_MAX = 64

/** The first fault of a value that `isUnion` of these shapes has refused. */
export function faultIn<Union extends { readonly kind: string }>(
  shapes: Shapes<Union>,
): (value: Union) => string {
  const variants = new Map(Object.entries<Shape<never>>(shapes))
  return (value) => {
    const { kind, ...fields } = value
    const shape = variants.get(kind)
    if (shape !== undefined) {
      return fieldsFault(fieldsOf(shape), fields, { in: kind, path: '' }) ?? `${kind}: bad fields`
    }
    return `kind: ${shown(kind)} must be ${[...variants.keys()].join(' or ')}`
  }
}

interface Place {
  /** What the fields are those of. */
  readonly in: string
  /** Stands before their names. */
  readonly path: string
}

function fieldsFault(checks: FieldChecks, values: Values, place: Place): string | undefined {
  for (const name in values) {
    if (!Object.hasOwn(checks, name)) return unknownFault(name, Object.keys(checks), place)
  }
  for (const [name, check] of Object.entries(checks)) {
    const value = values[name]
    if (!check(value)) return valueFault(askedBy(check), value, `${place.path}${name}`)
  }
  return undefined
}

function unknownFault(name: string, known: readonly string[], { in: whole, path }: Place): string {
  const nearest = nearestName(name, known)
  const advice = nearest === undefined ? 'leave it out' : `did you mean ${path}${nearest}?`
  return `${path}${shownText(name)}: unknown in ${whole}; ${advice}`
}

function valueFault(asked: string | FieldChecks | undefined, value: unknown, name: string): string {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  const inside =
    typeof asked === 'object' && isObject
      ? fieldsFault(asked, value as Values, { in: name, path: `${name}.` })
      : undefined
  if (inside !== undefined) return inside
  const words = typeof asked === 'string' ? asked : 'an object'
  return value === undefined
    ? `${name} is missing: it must be ${words}`
    : `${name}: ${shown(value)} must be ${words}`
}

function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(shownText(value))
  if (Array.isArray(value)) return 'a list'
  if (value instanceof Uint8Array) return `${value.length} bytes`
  if (typeof value === 'object' && value !== null) return 'an object'
  return typeof value === 'function' || typeof value === 'symbol' ? `a ${typeof value}` : `${value}`
}

/** A reason goes to terminals and over connections: no control characters, and not without an end. */
function shownText(text: string): string {
  const plain = text.replace(/\p{C}/gu, '?')
  return plain.length <= SHOWN_MAX ? plain : `${plain.slice(0, SHOWN_MAX).toWellFormed()}...`
}
