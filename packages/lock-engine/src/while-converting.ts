import { type Claim, commonMode } from './conversion.ts'
import type { LockMode, SessionCall } from './messages.ts'
import { intersection } from './ranges/range.ts'

export type Conversion = Pick<
  Extract<SessionCall, { readonly kind: 'convert' }>,
  'mode' | 'range' | 'alternatePR' | 'alternateCW' | 'demote'
>

/**
 * What a lock can be relied on for while that conversion is under way: what it has and may come to
 * have in common. With `demote`, and when the parts have nothing in common, that is NL.
 */
export function whileConverting({ mode, range }: Claim, to: Conversion): Claim {
  const ends: LockMode[] = [to.mode]
  if (to.alternatePR === true) ends.push('PR')
  if (to.alternateCW === true) ends.push('CW')
  const part = to.range === undefined ? range : intersection(range, to.range)
  if (to.demote === true || part === 'nothing') return { mode: 'NL', range }
  return { mode: ends.reduce(commonMode, mode), range: part }
}
