import type { CopyFact, TablesFact } from '../facts.ts'
import { type Checker, Violation } from './checker.ts'
import { claimText, conflict } from './conflict.ts'

const NAME = 'service-exclusion'

/**
 * The granted process copies in the tables of all processes with authority are pairwise compatible. Not
 * orphans: who had one may not have heard that it has an heir.
 */
export function createServiceExclusion(): Checker {
  return {
    name: NAME,
    onTables(fact) {
      const held = new Map<string, CopyFact[]>()
      for (const copy of allCopies(fact)) {
        if (copy.mode === 'NL' || copy.unlocking || copy.orphan) continue
        const others = held.get(copy.resource)
        if (others === undefined) {
          held.set(copy.resource, [copy])
          continue
        }
        const rival = others.find((other) => conflict(copy, other))
        if (rival !== undefined) {
          const [one, other] = [describe(copy), describe(rival)]
          throw new Violation(NAME, `${copy.resource} is held in ${one} and in ${other}`)
        }
        others.push(copy)
      }
    },
  }
}

function describe(copy: CopyFact): string {
  return `${claimText(copy)} by session ${copy.session} lock ${copy.lock}`
}

function* allCopies(fact: TablesFact): Generator<CopyFact> {
  for (const { copies } of fact.tables) yield* copies
}
