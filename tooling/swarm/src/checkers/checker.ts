import type {
  AskFact,
  Belief,
  CallFact,
  EndFact,
  EventFact,
  GrantFact,
  InstalledFact,
  LossFact,
  PowerFact,
  SizesFact,
  TablesFact,
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
  onYield?(fact: YieldFact): void
  onWrite?(fact: WriteFact): void
  onLoss?(fact: LossFact): void
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
