import type { Epoch, Incarnation } from '@holdfast/primitives'
import type { MemberFact } from '../facts.ts'
import { type Checker, Violation } from './checker.ts'

const NAME = 'no-act-after-eviction'

/**
 * Eviction is final. An admission (a start of a process and the epoch that admitted it) that is
 * missing in a view is in no later one; and a process installs only views that have it under the
 * admission it has always had, so one that was re-admitted behind its back does not go on.
 */
export function createNoActAfterEviction(): Checker {
  const views = new Map<Epoch, readonly MemberFact[]>()
  const spans = new Map<string, { readonly who: string; first: Epoch; last: Epoch }>()
  const ownAdmission = new Map<Incarnation, Epoch>()

  const learn = (epoch: Epoch, members: readonly MemberFact[]): void => {
    views.set(epoch, members)
    for (const member of members) {
      const key = keyOf(member)
      const span = spans.get(key) ?? { who: describe(member), first: epoch, last: epoch }
      span.first = Math.min(span.first, epoch)
      span.last = Math.max(span.last, epoch)
      spans.set(key, span)
    }
  }
  const checkGaps = (): void => {
    for (const [epoch, members] of views) {
      const present = new Set(members.map(keyOf))
      for (const [key, { who, first, last }] of spans) {
        if (epoch <= first || epoch >= last || present.has(key)) continue
        throw new Violation(NAME, `${who} is in epochs ${first} and ${last} but not in ${epoch}`)
      }
    }
  }
  return {
    name: NAME,
    onInstalled({ process, epoch, members }) {
      if (!views.has(epoch)) {
        learn(epoch, members)
        checkGaps()
      }
      const own = members.find((member) => member.incarnation === process.incarnation)
      // A voter that is no member follows the views too; that it may not act, one-power sees.
      if (own === undefined) return
      const before = ownAdmission.get(process.incarnation) ?? own.joined
      if (before !== own.joined) {
        throw new Violation(
          NAME,
          `${process.node}, admitted in epoch ${before}, went on after it was admitted anew in epoch ${own.joined}`,
        )
      }
      ownAdmission.set(process.incarnation, own.joined)
    },
  }
}

function keyOf({ incarnation, joined }: MemberFact): string {
  return `${incarnation}@${joined}`
}

function describe({ node, incarnation, joined }: MemberFact): string {
  return `${node} (${incarnation}, admitted in epoch ${joined})`
}
