import type { AskFact, Belief, GrantFact, LossFact, WriteFact, YieldFact } from '../facts.ts'

/** Where clients tell what they believe; the checkers listen behind it. */
export interface History {
  asked(fact: AskFact): void
  /** It waits no more: taken back, refused, or its owner is gone. */
  waitsNoMore(belief: Belief): void
  granted(fact: GrantFact): void
  yielded(fact: YieldFact): void
  wrote(fact: WriteFact): void
  lost(fact: LossFact): void
  /** A call was refused: counted, since a workload of nonsense would test nothing. */
  refused(reason: string | undefined): void
}
