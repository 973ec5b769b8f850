import type { CopyFact, TablesFact } from '../facts.ts'
import { type Checker, Violation } from './checker.ts'
import { areCompatible } from './lock-modes.ts'

const NAME = 'service-exclusion'

/** The granted process copies in the tables of all processes with authority are pairwise compatible. */
export function createServiceExclusion(): Checker {
  return {
    name: NAME,
    onTables(fact) {
      const held = new Map<string, CopyFact[]>()
      for (const copy of allCopies(fact)) {
        if (copy.mode === 'NL') continue
        const others = held.get(copy.resource)
        if (others === undefined) {
          held.set(copy.resource, [copy])
          continue
        }
        const rival = others.find((other) => !areCompatible(copy.mode, other.mode))
        if (rival !== undefined) {
          throw new Violation(
            NAME,
            `${copy.resource} is held in ${copy.mode} by ${copy.lock} and in ${rival.mode} by ${rival.lock}`,
          )
        }
        others.push(copy)
      }
    },
  }
}

function* allCopies(fact: TablesFact): Generator<CopyFact> {
  for (const { copies } of fact.tables) yield* copies
}
