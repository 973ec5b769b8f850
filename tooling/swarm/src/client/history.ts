import type {
  AskFact,
  Belief,
  GrantFact,
  KeptFact,
  LossFact,
  OrphanFact,
  PurgeScope,
  WriteFact,
  YieldFact,
} from '../facts.ts'
import type { Completion } from './completion.ts'

/** Where clients tell what they believe; the checkers listen behind it. */
export interface History {
  asked(fact: AskFact): void
  /** It waits no more: taken back, refused, or its owner is gone. */
  waitsNoMore(belief: Belief): void
  granted(fact: GrantFact): void
  /** A conversion came to nothing, and the client may act on more again. */
  kept(fact: KeptFact): void
  yielded(fact: YieldFact): void
  wrote(fact: WriteFact): void
  /** What it wrote, if it wrote anything, is done. */
  written(belief: Belief): void
  lost(fact: LossFact): void
  /** The session of a persistent lock has ended. */
  orphaned(fact: OrphanFact): void
  /** The call for an adoption has left the client; `over` when its end will never be heard. */
  adopting(belief: Belief, step: 'asked' | 'failed' | 'unheard'): void
  /** Orphans are dropped from now on, have been, or were not after all. */
  purging(scope: PurgeScope, step: 'asked' | 'purged' | 'refused'): void
  /** Each completion as it is read: for counting. */
  completed(completion: Completion): void
  /** A call was refused: counted, since a workload of nonsense would test nothing. */
  refused(reason: string | undefined): void
}
