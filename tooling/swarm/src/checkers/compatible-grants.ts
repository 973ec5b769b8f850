import type { Belief, GrantFact } from '../facts.ts'
import { type Checker, Violation } from './checker.ts'
import { areCompatible } from './lock-modes.ts'

const NAME = 'compatible-grants'

/**
 * No two clients ever believe in incompatible locks on one resource at the same instant.
 *
 * A belief begins when the client reads `granted`, and ends when it calls for an unlock or a weaker
 * mode, when it reads that the lock is lost, or when its own deadline passes. Beliefs only grow at a
 * grant (a deadline moves only while it has not passed), so it is enough to compare at each grant.
 */
export function createCompatibleGrants(): Checker {
  const beliefs = new Map<string, Set<Belief>>()

  const onGrant = ({ at, belief }: GrantFact): void => {
    const { mode } = belief
    let others = beliefs.get(belief.resource)
    if (others === undefined) {
      others = new Set()
      beliefs.set(belief.resource, others)
    }
    for (const other of others) {
      if (other.mode === undefined || other.trust.until <= at) others.delete(other)
      else if (other !== belief && mode !== undefined && !areCompatible(mode, other.mode)) {
        throw new Violation(
          NAME,
          `${describe(belief)} was granted while ${describe(other)} was still believed in`,
        )
      }
    }
    if (mode !== undefined && belief.trust.until > at) others.add(belief)
  }
  return { name: NAME, onGrant }
}

function describe(belief: Belief): string {
  return `${belief.mode} on ${belief.resource} of ${belief.client} (lock ${belief.lock})`
}
