/**
 * What calls and events have in common. Shapes only, a little wider than the rules: the lock engine
 * judges names and values, and answers a wrong one with a reason, where a frame that fails here ends
 * the channel.
 */
import type {
  LockMode,
  LockRange,
  ResourceName,
  SpaceAttributes,
} from '@holdfast/lock-engine/messages'
import { type Check, isBytes, isListOf, isText, isUint } from '@holdfast/primitives'
import { isShape, isWord, type Shape } from './shape.ts'

export const isMode: Check = isWord<LockMode>({
  NL: true,
  CR: true,
  CW: true,
  PR: true,
  PW: true,
  EX: true,
})

export const isName: Check = isText(512)
export const isValue: Check = isBytes(4_096)

export const isResource: Check = isShape<ResourceName>(
  { space: isName, name: isName },
  { path: isListOf(isName, 64) },
)

/** A bigint travels in 64 bits; one beyond them would come out as another number. */
const isPlace: Check = (value) => typeof value === 'bigint' && value >= 0n && value < 1n << 64n

export const isRange: Check = isShape<LockRange>({ start: isPlace, end: isPlace }, {})

/** A length of time: not negative, fractions allowed. */
export const isMillis: Check = (value) => typeof value === 'number' && value >= 0

const isMastering = isWord<SpaceAttributes['mastering']>({ directory: true, hash: true })

export const spaceAttributes: Shape<SpaceAttributes>[0] = {
  valueBytes: isUint(),
  deadlockMs: isMillis,
  mastering: isMastering,
}
