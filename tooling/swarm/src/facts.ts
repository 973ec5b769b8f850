/**
 * What the checkers are told: facts of nodes and facts of clients, all in virtual time. A fact holds
 * plain values, so a test can make up a history by hand.
 */
import type { LockMode, SessionCall, SessionEvent, ValueCopy } from '@holdfast/lock-engine/messages'
import type { Epoch, Incarnation, Instant, NodeName } from '@holdfast/primitives'

/** One start of a node. */
export interface Process {
  readonly node: NodeName
  readonly incarnation: Incarnation
}

export interface MemberFact extends Process {
  readonly joined: Epoch
}

export interface InstalledFact {
  readonly at: Instant
  readonly process: Process
  readonly epoch: Epoch
  readonly members: readonly MemberFact[]
  /** All that the nodes must agree on, as text. */
  readonly content: string
}

/** What a process may do after a turn, by its own clock, translated to virtual time. */
export interface PowerFact {
  readonly at: Instant
  readonly process: Process
  readonly epoch: Epoch
  readonly members: readonly MemberFact[]
  /** Not above `at`: it may not. */
  readonly mayContinueUntil: Instant
  readonly mayTakeOverUntil: Instant
}

export interface EndFact {
  readonly at: Instant
  readonly process: Process
  readonly why: 'crash' | 'stop'
}

/** A call that reaches a node. */
export interface CallFact {
  readonly at: Instant
  readonly process: Process
  readonly session: number
  readonly call: SessionCall
}

/** An event that leaves a node. */
export interface EventFact {
  readonly at: Instant
  readonly process: Process
  readonly session: number
  readonly event: SessionEvent
}

/** How long a client trusts all locks of one session; moves while the session lives. */
export interface Trust {
  /** In virtual time; when it has passed, the client itself has declared its locks lost. */
  until: Instant
}

/** What one client believes of one lock. */
export interface Belief {
  readonly client: string
  readonly lock: number
  readonly resource: string
  readonly trust: Trust
  /** The strongest mode the client may act on; `undefined`: none. */
  mode: LockMode | undefined
}

export interface GrantFact {
  readonly at: Instant
  readonly calledAt: Instant
  /** Its mode is the one just granted. */
  readonly belief: Belief
  /** The mode that was converted; `undefined` for a new lock. */
  readonly before: LockMode | undefined
  readonly token: bigint | undefined
  readonly value: ValueCopy | undefined
}

/** A client asks for a new lock that may wait. */
export interface AskFact {
  readonly at: Instant
  readonly belief: Belief
  readonly mode: LockMode
}

/** From now on the client acts on this lock in the belief's mode only. */
export interface YieldFact {
  readonly at: Instant
  readonly belief: Belief
  /** The mode it held before. */
  readonly before: LockMode
}

/** The client may write the value block, and told its node to. */
export interface WriteFact {
  readonly at: Instant
  readonly belief: Belief
  readonly write: { readonly bytes: Uint8Array } | 'invalidate'
}

/** The lock is lost to its client: its session or the client itself ended. */
export interface LossFact {
  readonly at: Instant
  readonly belief: Belief
  /** What the client could act on until now; `undefined` when it had called for an unlock. */
  readonly mode: LockMode | undefined
}

/** A process copy as the tables of a node have it. */
export interface CopyFact {
  readonly resource: string
  readonly lock: string
  readonly mode: LockMode
}

/** How much one process holds, against its named limits. */
export interface SizesFact {
  readonly at: Instant
  readonly process: Process
  readonly sizes: readonly { readonly what: string; readonly size: number; readonly max: number }[]
}

/** The tables of all processes that may act. */
export interface TablesFact {
  readonly at: Instant
  readonly tables: readonly { readonly process: Process; readonly copies: readonly CopyFact[] }[]
}
