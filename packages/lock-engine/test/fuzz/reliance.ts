/** What locks have, may have and want, as far as their owners know. */
import { type Claim, common, weaker } from './claims.ts'
import type { KnownLock } from './known-lock.ts'

/** What the owner may rely on. */
export function relied(lock: KnownLock): Claim {
  const { mode = 'NL', range, owner, pending } = lock
  if (pending?.kind !== 'convert') return { mode, range, owner }
  const both = common(range, pending.range)
  if (pending.demote || both === 'nothing') return { mode: 'NL', range, owner }
  return { mode: pending.modes.reduce(weaker, mode), range: both, owner }
}

export function mayHave({ mode = 'NL', range, owner, orphan }: KnownLock): readonly Claim[] {
  if (orphan === undefined) return [{ mode, range, owner }]
  return orphan.modes.flatMap((one) =>
    orphan.ranges.map((part) => ({ mode: one, range: part, owner })),
  )
}

export function wanted({ mode = 'NL', range, owner, pending }: KnownLock): Claim {
  return { mode: pending?.modes[0] ?? mode, range: pending?.range ?? range, owner }
}
