import type { InstalledFact } from '../facts.ts'
import { type Checker, Violation } from './checker.ts'

const NAME = 'one-view-per-epoch'

/** Two processes that installed one epoch agree on all of the view. */
export function createOneViewPerEpoch(): Checker {
  const decided = new Map<number, InstalledFact>()
  return {
    name: NAME,
    onInstalled(fact) {
      const first = decided.get(fact.epoch)
      if (first === undefined) decided.set(fact.epoch, fact)
      else if (first.content !== fact.content) {
        throw new Violation(
          NAME,
          `epoch ${fact.epoch} is ${first.content} for ${first.process.node} and ${fact.content} for ${fact.process.node}`,
        )
      }
    },
  }
}
