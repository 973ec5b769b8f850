import type { Instant } from '@holdfast/primitives'
import type { AskFact, Belief, GrantFact } from '../facts.ts'
import { type Checker, Violation } from './checker.ts'
import { areCompatible } from './lock-modes.ts'

const NAME = 'fair-order'

/** After a change of any kind nobody can tell from outside who came first. */
const TROUBLE_LASTS_MS = 1_500
/** Who asks so much later came later at the master too. */
const LATER_MS = 500

/**
 * In quiet times requests for new locks are granted in the order in which they came: whoever asks
 * clearly later than one who still waits is not granted first. Otherwise a writer could starve.
 */
export function createFairOrder(): Checker {
  const waiting = new Map<string, Map<Belief, AskFact>>()
  let troubleAt: Instant = 0

  const trouble = ({ at }: { readonly at: Instant }): void => {
    troubleAt = at
  }
  const forget = (belief: Belief): void => void waiting.get(belief.resource)?.delete(belief)

  return {
    name: NAME,
    onAsk(ask) {
      const { belief } = ask
      const queue = waiting.get(belief.resource) ?? new Map()
      waiting.set(belief.resource, queue.set(belief, ask))
    },
    onNoMore: forget,
    onGrant({ at, calledAt, before, belief }: GrantFact) {
      forget(belief)
      const { mode } = belief
      if (mode === undefined) return
      if (before !== undefined || at - troubleAt < TROUBLE_LASTS_MS) return
      for (const other of waiting.get(belief.resource)?.values() ?? []) {
        // Two that may be held together are granted at once, and told in any order.
        if (areCompatible(mode, other.mode)) continue
        if (other.at < troubleAt || calledAt - other.at < LATER_MS) continue
        throw new Violation(
          NAME,
          `${belief.client} was granted ${belief.resource} before ${other.belief.client}, who had asked ${Math.round(calledAt - other.at)} ms earlier`,
        )
      }
    },
    onLoss: trouble,
    onInstalled: trouble,
    onEnd: trouble,
  }
}
