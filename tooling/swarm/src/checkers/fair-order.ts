import type { Instant } from '@holdfast/primitives'
import type { AskFact, Belief, GrantFact } from '../facts.ts'
import { type Checker, Violation } from './checker.ts'
import { conflict } from './conflict.ts'

const NAME = 'fair-order'

/** After a change of any kind nobody can tell from outside who came first. */
const TROUBLE_LASTS_MS = 1_500
/** Who asks so much later came later at the master too. */
const LATER_MS = 500

/**
 * In quiet times requests for new locks are granted in the order in which they came: whoever asks
 * clearly later than one who still waits is not granted first. Otherwise a writer could starve. Those
 * who asked not to keep to the order are left out.
 *
 * The end of a wait may be on its way while the next one hears of its grant. So it is a fault only
 * when the one who was passed over is granted after all.
 */
export function createFairOrder(): Checker {
  const waiting = new Map<string, Map<Belief, AskFact>>()
  const passedOver = new Map<Belief, string>()
  let troubleAt: Instant = 0

  const trouble = ({ at }: { readonly at: Instant }): void => {
    troubleAt = at
    passedOver.clear()
  }
  const forget = (belief: Belief): void => {
    waiting.get(belief.resource)?.delete(belief)
    passedOver.delete(belief)
  }
  return {
    name: NAME,
    onAsk(ask) {
      const { belief } = ask
      const queue = waiting.get(belief.resource) ?? new Map()
      waiting.set(belief.resource, queue.set(belief, ask))
    },
    onNoMore: forget,
    onGrant({ at, calledAt, before, belief }: GrantFact) {
      const fault = passedOver.get(belief)
      const kept = waiting.get(belief.resource)?.has(belief) === true
      forget(belief)
      if (fault !== undefined) throw new Violation(NAME, fault)
      if (before !== undefined || !kept || at - troubleAt < TROUBLE_LASTS_MS) return
      for (const other of waiting.get(belief.resource)?.values() ?? []) {
        // Two that may be held together are granted at once, and told in any order.
        const { mode, range } = other
        if (!conflict(belief, { mode, range, owner: other.belief.owner })) continue
        if (other.at < troubleAt || calledAt - other.at < LATER_MS) continue
        const earlier = Math.round(calledAt - other.at)
        passedOver.set(
          other.belief,
          `${belief.client} was granted ${belief.resource} before ${other.belief.client}, who had asked ${earlier} ms earlier`,
        )
      }
    },
    onLoss: trouble,
    onOrphan: trouble,
    onInstalled: trouble,
    onEnd: trouble,
  }
}
