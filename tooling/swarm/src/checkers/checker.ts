import type {
  AskFact,
  Belief,
  CallFact,
  DenialFact,
  EndFact,
  EventFact,
  GrantFact,
  InstalledFact,
  KeptFact,
  LossFact,
  OrphanFact,
  PowerFact,
  PurgeScope,
  SizesFact,
  TablesFact,
  WaitsFact,
  WriteFact,
  YieldFact,
} from '../facts.ts'

/** Judges one property of a whole world. Told everything in the order in which it happens. */
export interface Checker {
  /** The property, as it is called in reports. */
  readonly name: string
  onInstalled?(fact: InstalledFact): void
  onPower?(fact: PowerFact): void
  onEnd?(fact: EndFact): void
  onCall?(fact: CallFact): void
  onEvent?(fact: EventFact): void
  onAsk?(fact: AskFact): void
  onGrant?(fact: GrantFact): void
  onNoMore?(belief: Belief): void
  onKept?(fact: KeptFact): void
  onYield?(fact: YieldFact): void
  onWrite?(fact: WriteFact): void
  /** What the lock wrote, if it wrote anything, is done. */
  onWritten?(belief: Belief): void
  onLoss?(fact: LossFact): void
  onOrphan?(fact: OrphanFact): void
  onAdopting?(belief: Belief, step: 'asked' | 'failed' | 'unheard'): void
  onPurging?(scope: PurgeScope, step: 'asked' | 'purged' | 'refused'): void
  onWaits?(fact: WaitsFact): void
  onDenial?(fact: DenialFact): void
  onTables?(fact: TablesFact): void
  onSizes?(fact: SizesFact): void
}

/** Ends the run: a property does not hold. */
export class Violation extends Error {
  override readonly name = 'Violation'
  readonly code = 'violation'
  readonly checker: string

  constructor(checker: string, sentence: string) {
    super(sentence)
    this.checker = checker
  }
}
