import type { LockMode } from '@holdfast/lock-engine/messages'
import type { Incarnation, Instant, NodeId } from '@holdfast/primitives'
import type { Belief, GrantFact, OrphanFact, PurgeScope } from '../facts.ts'
import { samePart } from '../parts.ts'
import { type Checker, Violation } from './checker.ts'

const NAME = 'orphans'

/** What was left on one resource. */
interface Left {
  /** Nobody has asked to drop them or to take them over since. */
  readonly certain: Map<Belief, Incarnation>
  /** What else may be there: in which mode is not known. */
  doubtful: number
  /** Somebody's adoption was not heard to end: it may be carried out yet. */
  contested: boolean
}

/**
 * An orphan has one heir at most: who adopts a lock takes over one that somebody left, in that mode
 * and of that owner, and that nobody has adopted before. That it blocks others until then is judged
 * with all beliefs: its own goes on until it is adopted or purged.
 */
export function createOrphans(): Checker {
  const resources = new Map<string, Left>()
  const purges = new Purges()
  const leftOn = (resource: string): Left => {
    const left = resources.get(resource) ?? { certain: new Map(), doubtful: 0, contested: false }
    resources.set(resource, left)
    return left
  }
  const doubt = (left: Left, belief: Belief): void => {
    if (!left.certain.delete(belief)) return
    left.doubtful += 1
    belief.mode = undefined
  }
  /** Gone with the power of its node, most likely, though the process still runs. */
  const doubtPowerless = (left: Left, at: Instant): void => {
    for (const orphan of [...left.certain.keys()]) if (orphan.trust.until <= at) doubt(left, orphan)
  }
  const heirOf = ({ at, belief }: GrantFact, mode: LockMode): void => {
    const left = leftOn(belief.resource)
    doubtPowerless(left, at)
    for (const orphan of left.certain.keys()) {
      if (orphan.mode !== mode || !samePart(orphan.range, belief.range)) continue
      if (belief.owner !== undefined && belief.owner !== orphan.owner) continue
      left.certain.delete(orphan)
      orphan.mode = undefined
      return
    }
    left.doubtful -= 1
    if (left.doubtful >= 0) return
    throw new Violation(
      NAME,
      `${belief.client} adopted ${mode} on ${belief.resource}, which nobody left, or somebody has adopted before`,
    )
  }
  return {
    name: NAME,
    onOrphan({ belief, certain, incarnation }: OrphanFact) {
      const left = leftOn(belief.resource)
      if (certain) left.certain.set(belief, incarnation)
      else left.doubtful += 1
      if (left.contested || purges.mayTake(belief.resource, incarnation)) doubt(left, belief)
    },
    onGrant(fact) {
      if (fact.adopted && fact.belief.mode !== undefined) heirOf(fact, fact.belief.mode)
    },
    /** Its end is not heard: it may have taken any of them, and may still take one that is left later. */
    onAdopting(belief, step) {
      if (step !== 'unheard') return
      const left = leftOn(belief.resource)
      left.contested = true
      for (const orphan of [...left.certain.keys()]) doubt(left, orphan)
      // And if it was persistent, it has left one itself.
      left.doubtful += 1
    },
    onPurging(scope, step) {
      if (step !== 'asked') {
        purges.over(scope)
        return
      }
      purges.asked(scope)
      for (const [resource, left] of resources) {
        for (const [orphan, incarnation] of [...left.certain]) {
          if (purges.mayTake(resource, incarnation)) doubt(left, orphan)
        }
      }
    },
    onInstalled({ members }) {
      for (const { incarnation, id } of members) purges.admitted(incarnation, id)
    },
    onEnd({ process }) {
      // An adoption that came first may be told later.
      for (const left of resources.values()) {
        for (const [orphan, incarnation] of [...left.certain]) {
          if (incarnation === process.incarnation) doubt(left, orphan)
        }
      }
    },
  }
}

/** Purges that may be going on: for good, when their end is never heard. */
class Purges {
  readonly #scopes = new Set<PurgeScope>()
  readonly #ids = new Map<Incarnation, NodeId>()

  admitted(incarnation: Incarnation, id: NodeId): void {
    this.#ids.set(incarnation, id)
  }

  asked(scope: PurgeScope): void {
    this.#scopes.add(scope)
  }

  over(scope: PurgeScope): void {
    this.#scopes.delete(scope)
  }

  /** Also one that was left after the purge was asked for. */
  mayTake(resource: string, left: Incarnation): boolean {
    for (const { space, node } of this.#scopes) {
      const ofSpace = space === undefined || resource.startsWith(`${space}/`)
      const ofNode = node === undefined || (this.#ids.get(left) ?? node) === node
      if (ofSpace && ofNode) return true
    }
    return false
  }
}
