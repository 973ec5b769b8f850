/**
 * What calls and events have in common. Shapes only, a little wider than the rules: the lock engine
 * judges names and values, and answers a wrong one with a reason. A client refuses a call that fails
 * here before it is sent, with the words that each check has, since at the node its frame ends the
 * channel.
 */
import type {
  LockMode,
  LockRange,
  ResourceName,
  SpaceAttributes,
} from '@holdfast/lock-engine/messages'
import type { Check } from '@holdfast/primitives'
import * as plain from '@holdfast/primitives'
import { isShape, isWord, type Shape, worded } from './shape.ts'

export const isFlag: Check = worded('true or false', plain.isFlag)
export const isCount: Check = worded('a whole number from 0', plain.isUint())

/** Half a character cannot be sent. */
export function isSendableText(lengthMax: number, words: string): Check {
  const isText = plain.isText(lengthMax)
  return worded(words, (value) => isText(value) && (value as string).isWellFormed())
}

export const isMode: Check = isWord<LockMode>({
  NL: true,
  CR: true,
  CW: true,
  PR: true,
  PW: true,
  EX: true,
})

export const isName: Check = isSendableText(512, 'a name of 1 to 255 bytes')
export const isValue: Check = worded('a Uint8Array of 1,024 bytes at most', plain.isBytes(4_096))

export const isResource: Check = isShape<ResourceName>(
  { space: isName, name: isName },
  { path: worded('a list of 15 names at most', plain.isListOf(isName, 64)) },
)

/** A bigint travels in 64 bits; one beyond them would come out as another number. */
const isPlace: Check = worded(
  'a bigint from 0 to 2^64 - 1',
  (value) => typeof value === 'bigint' && value >= 0n && value < 1n << 64n,
)

export const isRange: Check = isShape<LockRange>({ start: isPlace, end: isPlace }, {})

/** A length of time: not negative, fractions allowed. */
export const isMillis: Check = worded(
  'a number of ms, 0 or more',
  (value) => Number.isFinite(value) && (value as number) >= 0,
)

const isMastering = isWord<SpaceAttributes['mastering']>({ directory: true, hash: true })

export const spaceAttributes: Shape<SpaceAttributes>[0] = {
  valueBytes: isCount,
  deadlockMs: isMillis,
  mastering: isMastering,
}
