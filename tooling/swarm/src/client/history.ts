import type { GrantFact, LossFact, WriteFact, YieldFact } from '../facts.ts'

/** Where clients tell what they believe; the checkers listen behind it. */
export interface History {
  granted(fact: GrantFact): void
  yielded(fact: YieldFact): void
  wrote(fact: WriteFact): void
  lost(fact: LossFact): void
}
