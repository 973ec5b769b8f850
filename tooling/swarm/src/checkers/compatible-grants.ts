import type { Instant } from '@holdfast/primitives'
import type { Belief, GrantFact, KeptFact } from '../facts.ts'
import { type Checker, Violation } from './checker.ts'
import { claimText, conflict } from './conflict.ts'

const NAME = 'compatible-grants'

/**
 * No two clients ever believe in incompatible locks on one resource at the same instant: modes that
 * conflict, on parts that overlap, of different owners. Locks on different paths have nothing to do
 * with each other.
 *
 * A belief begins when the client reads `granted`, and ends when it calls for an unlock or for less,
 * when it reads that the lock is lost, or when its own deadline passes. Beliefs only grow at a grant,
 * or when a conversion fails that had given something up (a deadline moves only while it has not
 * passed), so it is enough to compare then. An orphan goes on to be believed in, by nobody, for as
 * long as the process that has it may act.
 */
export function createCompatibleGrants(): Checker {
  const beliefs = new Map<string, Set<Belief>>()

  const compare = (at: Instant, belief: Belief): void => {
    let others = beliefs.get(belief.resource)
    if (others === undefined) {
      others = new Set()
      beliefs.set(belief.resource, others)
    }
    for (const other of others) {
      if (other.mode === undefined || other.trust.until <= at) others.delete(other)
      else if (other !== belief && conflict(belief, other)) {
        throw new Violation(
          NAME,
          `${describe(belief)} was granted while ${describe(other)} was still believed in`,
        )
      }
    }
    if (belief.mode !== undefined && belief.trust.until > at) others.add(belief)
  }
  return {
    name: NAME,
    onGrant: ({ at, belief }: GrantFact) => compare(at, belief),
    onKept: ({ at, belief }: KeptFact) => compare(at, belief),
    onOrphan({ at, belief, certain }) {
      if (certain) compare(at, belief)
    },
  }
}

function describe(belief: Belief): string {
  return `${claimText(belief)} on ${belief.resource} of ${belief.client} (lock ${belief.lock})`
}
