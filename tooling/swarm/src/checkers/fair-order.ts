import type { Instant } from '@holdfast/primitives'
import type { AskFact, Belief, GrantFact } from '../facts.ts'
import { type Checker, Violation } from './checker.ts'

const NAME = 'fair-order'

/** After a change of any kind nobody can tell from outside who came first. */
const TROUBLE_LASTS_MS = 5_000
/** Who asks so much later came later at the master too. */
const LATER_MS = 500

/**
 * In quiet times requests for new locks are granted in the order in which they came: whoever asks
 * clearly later than one who still waits is not granted first. Otherwise a writer could starve.
 */
export function createFairOrder(): Checker {
  const waiting = new Map<string, Map<Belief, Instant>>()
  let troubleAt: Instant = 0

  const trouble = ({ at }: { readonly at: Instant }): void => {
    troubleAt = at
  }
  const forget = ({ belief }: { readonly belief: Belief }): void =>
    void waiting.get(belief.resource)?.delete(belief)

  return {
    name: NAME,
    onAsk({ at, belief }: AskFact) {
      const queue = waiting.get(belief.resource) ?? new Map()
      waiting.set(belief.resource, queue.set(belief, at))
    },
    onNoMore: forget,
    onGrant({ at, calledAt, before, belief }: GrantFact) {
      forget({ belief })
      if (before !== undefined || at - troubleAt < TROUBLE_LASTS_MS) return
      for (const [other, askedAt] of waiting.get(belief.resource) ?? []) {
        if (askedAt < troubleAt || calledAt - askedAt < LATER_MS) continue
        throw new Violation(
          NAME,
          `${belief.client} was granted ${belief.resource} before ${other.client}, who had asked ${Math.round(calledAt - askedAt)} ms earlier`,
        )
      }
    },
    onLoss: trouble,
    onInstalled: trouble,
    onEnd: trouble,
  }
}
