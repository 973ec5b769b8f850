import { flag, has } from './flags.ts'
import type { Terms } from './lock-messages.ts'
import { isDownConversion, type LockMode, ownsValue, rankOf } from './lock-mode.ts'
import type { LockRange } from './messages.ts'
import { covers } from './ranges/range.ts'

/** What a lock has, or wants, of a resource. */
export interface Claim {
  readonly mode: LockMode
  readonly range?: LockRange | undefined
}

/** A conversion that gives up and takes nothing: to a lower mode, on a part of what the lock has. */
export function isDown(from: Claim, to: Claim): boolean {
  return isDownConversion(from.mode, to.mode) && covers(from.range, to.range)
}

/** A conversion that can never be refused, so it never waits. */
export function neverWaits(from: Claim, to: Claim): boolean {
  return isDown(from, to) || (from.mode === to.mode && covers(from.range, to.range))
}

/**
 * A conversion down is done at once by the holder: one message, and no answer. (The asynchronous
 * down-conversion of the early Linux dlm looked at modes alone, and reported a wider range as
 * granted.) Not when it writes a value block that others may write at the same time, with other parts
 * of the resource or as the same owner: then only the master can number the value.
 */
export function isSilent(from: Claim & { readonly owner: string | undefined }, to: Terms): boolean {
  if (!isDown(from, to)) return false
  const isOnlyWriter = from.range === undefined && from.owner === undefined
  return isOnlyWriter || !has(to.flags, flag.useValue | flag.invalidate) || !ownsValue(from.mode)
}

/** A conversion that gives up something that the lock has, whether or not it takes something else. */
export function givesUp(from: Claim, to: Claim): boolean {
  return commonMode(from.mode, to.mode) !== from.mode || !covers(to.range, from.range)
}

/** With both: PR, unless PR is what was asked for (Linux fs/dlm, `can_be_granted`). */
export function alternateOf({ mode, flags }: Terms): LockMode | undefined {
  if (mode !== 'PR' && has(flags, flag.alternatePR)) return 'PR'
  return mode !== 'CW' && has(flags, flag.alternateCW) ? 'CW' : undefined
}

/** What a lock has for certain when it is granted what it wants, or its alternate. */
export function leastMode(terms: Terms): LockMode {
  return commonMode(terms.mode, alternateOf(terms) ?? terms.mode)
}

/** The strongest mode that both allow: for PR and CW that is CR. */
export function commonMode(a: LockMode, b: LockMode): LockMode {
  if ((a === 'PR' && b === 'CW') || (a === 'CW' && b === 'PR')) return 'CR'
  return rankOf(a) < rankOf(b) ? a : b
}
