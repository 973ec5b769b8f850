/**
 * What the checkers are told: facts of nodes and facts of clients, all in virtual time. A fact holds
 * plain values, so a test can make up a history by hand.
 */
import type {
  LockMode,
  LockRange,
  SessionCall,
  SessionEvent,
  ValueCopy,
} from '@holdfast/lock-engine/messages'
import type { Epoch, Incarnation, Instant, NodeId, NodeName } from '@holdfast/primitives'

/** One start of a node. */
export interface Process {
  readonly node: NodeName
  readonly incarnation: Incarnation
}

export interface MemberFact extends Process {
  /** Its small number. */
  readonly id: NodeId
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
  /** The whole path: lockspace, the names above, the name. */
  readonly resource: string
  /** The explicit owner: locks of one owner are in nobody's way among themselves. */
  readonly owner: string | undefined
  readonly trust: Trust
  /** The part that it may act on; `undefined`: all of it. */
  range: LockRange | undefined
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
  /** It was asked for as an orphan of that name. */
  readonly adopted: boolean
}

/** A client asks for a new lock that may wait, and keeps to the order. */
export interface AskFact {
  readonly at: Instant
  readonly belief: Belief
  readonly mode: LockMode
  readonly range: LockRange | undefined
}

/** A call failed, and the client acts again on what the lock had before it. */
export interface KeptFact {
  readonly at: Instant
  readonly belief: Belief
}

/** The session of a lock that stays has ended. */
export interface OrphanFact {
  readonly at: Instant
  /** What it was; its trust ends with the authority of the process that has it. */
  readonly belief: Belief
  /** The belief of the client that is gone. */
  readonly former: Belief
  /** Otherwise some call was under way: nobody outside knows what it has, or whether it stayed. */
  readonly certain: boolean
  readonly incarnation: Incarnation
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
  /** What decides whether it is written: with an alternate the mode that is granted. */
  readonly depends: 'on nothing' | 'on the mode' | 'on the mode and a demotion'
}

/** Which orphans a purge drops: those that meet all that is named. One purge is one object. */
export interface PurgeScope {
  readonly space?: string | undefined
  /** The small number of the node whose sessions left them. */
  readonly node?: NodeId | undefined
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
  /** The resource above it; `undefined` for a root. */
  readonly above: string | undefined
  readonly session: number
  readonly lock: number
  readonly mode: LockMode
  readonly range: LockRange | undefined
  readonly owner: string | undefined
  readonly orphan: boolean
  readonly unlocking: boolean
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

/** A lock in the way of a call, as an onlooker sees it. */
export interface BlockerFact {
  readonly key: string
  readonly party: string
  /** Its queue and modes. */
  readonly state: string
  /** The deadlock search sees it too. */
  readonly certain: boolean
}

/** A queued call, as an onlooker sees it. */
export interface WaitFact {
  /** Of the lock. */
  readonly key: string
  readonly call: number
  readonly party: string
  /** The deadlock search sees it wait. */
  readonly searched: boolean
  readonly blockers: readonly BlockerFact[]
}

/** All calls that are queued at one master from this moment on. */
export interface WaitsFact {
  readonly at: Instant
  readonly process: Process
  readonly waits: readonly WaitFact[]
}

/** A master has ended a call for a deadlock. The words are the reason that its caller will read. */
export interface DenialFact {
  readonly at: Instant
  readonly words: string
}
