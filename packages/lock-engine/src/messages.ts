/**
 * What a session says to its node and hears from it, the same for an embedded program and a remote client.
 *
 * A call has a number chosen by the session's owner, rising, never reused in the session. Each call
 * that names a lock ends in exactly one `completion`. A lock has a number too, chosen by the
 * session's owner at `request` and never reused in the session.
 */
import type { Epoch, Millis, NodeName } from '@holdfast/primitives'
import type { LockMode } from './lock-mode.ts'

export type { LockMode } from './lock-mode.ts'
export { nameOfBytes, nameOfText, textOfName } from './names.ts'

/**
 * The name of a resource. Names are bytes: 1 to 255 of them for the lockspace and for each name, any
 * bytes, each as one character U+0000 to U+00FF (`nameOfText` makes one from text, by UTF-8). Two
 * names are the same only when all their bytes are.
 */
export interface ResourceName {
  readonly space: string
  readonly name: string
  /** Names of the resources above it, root first; absent for a root. In calls only a filter has it. */
  readonly path?: readonly string[]
}

/** A part of a resource, both ends inclusive: 0 to 2^64 - 1. A lock without one has all of it. */
export interface LockRange {
  readonly start: bigint
  readonly end: bigint
}

/** What a request and a conversion can say about how they are granted and how they wait. */
export interface GrantTerms {
  /** The part of the resource. Default: all of it for a request, the same as before for a conversion. */
  readonly range?: LockRange
  /** Denied instead of queued (dlm NOQUEUE). */
  readonly noQueue: boolean
  /** Tells holders that they are in the way although nothing is queued; with `noQueue` (dlm NOQUEUEBAST). */
  readonly tellHolders?: boolean
  /** Queues at the head instead of the tail (dlm HEADQUE). */
  readonly atHead?: boolean
  /** Waits only for locks that are in the way, not for those that came before (dlm NOORDER). */
  readonly anyOrder?: boolean
  /** Takes PR when the mode asked for cannot be had at the moment (dlm ALTPR). */
  readonly alternatePR?: boolean
  /** Takes CW when the mode asked for cannot be had at the moment (dlm ALTCW). With both: PR, unless PR was asked for. */
  readonly alternateCW?: boolean
  /** While this call waits, the deadlock search does not see it wait (dlm, VMS NODLCKWT). */
  readonly noDeadlockWait?: boolean
  /** The deadlock search does not see this lock in anybody's way (VMS NODLCKBLK). Absent in a conversion: as before. */
  readonly noDeadlockBlock?: boolean
  /** The lock stays when its session ends, as an orphan (dlm PERSISTENT). Absent in a conversion: as before. */
  readonly persistent?: boolean
  /** 0 to 255; in a deadlock the lowest loses. Default 128. Absent in a conversion: as before. */
  readonly priority?: number
  /** Ends a wait with `timed-out`. Counts only while the call is queued and the resource can grant, ms. */
  readonly timeoutMs?: number
}

export type SessionCall =
  /** Asks for a new lock. */
  | ({
      readonly kind: 'request'
      readonly call: number
      readonly lock: number
      readonly resource: ResourceName
      readonly mode: LockMode
      /** Takes part in value block transfer (dlm VALBLK): the value comes with the grant. */
      readonly useValue: boolean
      /** Wants to be told when it blocks others. */
      readonly notify: boolean
      /** Granted past all queues; NL only, without `noQueue` (dlm, VMS EXPEDITE). */
      readonly expedite?: boolean
      /** A granted lock of this session: the name is one below that lock's resource. */
      readonly parent?: number
      /**
       * The party that the lock belongs to, 1 to 64 characters: a transaction or a group. Locks of one
       * owner do not conflict with each other, in whatever sessions they are. Default: the session.
       */
      readonly owner?: string
      /** The lock is a party of its own: the session may wait for itself. Not with `owner`. */
      readonly alone?: boolean
      /** In a lockspace that is mastered by hash: the asker masters a name that nobody masters yet (o2dlm LOCAL). */
      readonly masterHere?: boolean
    } & GrantTerms)
  /**
   * Takes over an orphan of that name and granted mode, wherever in the cluster its session was (dlm
   * ORPHAN). Ends `granted`; `denied` when there are orphans in other modes only, `not-found` when
   * there is none. With `parent` the lock is below that one, as in a request; then only an orphan
   * with the same owner as the parent, or likewise without one, is taken.
   */
  | {
      readonly kind: 'adopt'
      readonly call: number
      readonly lock: number
      readonly resource: ResourceName
      readonly mode: LockMode
      readonly useValue: boolean
      readonly notify: boolean
      readonly parent?: number
      readonly owner?: string
      readonly persistent?: boolean
    }
  /**
   * Changes mode or range of a granted lock. A conversion upwards keeps what it has until the new is
   * granted. Whoever converts down has given the old mode up with the call; sideways (PR to CW or
   * back, a range that does not contain the old one) likewise: until the answer it may rely only on
   * what both have in common.
   */
  | ({
      readonly kind: 'convert'
      readonly call: number
      readonly lock: number
      readonly mode: LockMode
      /** Takes its turn behind other conversions instead of being granted in place (dlm QUECVT). */
      readonly queueFair: boolean
      /** Goes down to NL instead of losing a conversion deadlock; not with `noQueue` (dlm CONVDEADLK). */
      readonly demote?: boolean
      readonly useValue: boolean
      /** With `useValue`: what to write where the transfer table says "write"; required there. */
      readonly value?: Uint8Array
      /** Marks the value block not valid where the transfer table says "write" (dlm IVVALBLK). Not with `useValue`. */
      readonly invalidate?: boolean
    } & GrantTerms)
  /**
   * Gives a lock up; a waiting or converting lock is removed and its pending call ends `unlocked`.
   * Refused (`children`) while there are locks below it.
   */
  | {
      readonly kind: 'unlock'
      readonly call: number
      readonly lock: number
      /** Written to the value block when the lock is held in PW or EX. */
      readonly value?: Uint8Array
      /** Marks the value block not valid instead (dlm IVVALBLK). */
      readonly invalidate?: boolean
      /**
       * `with`: the locks below it too, deepest first. `below`: only those, the lock itself stays (VMS
       * DEQALL). The completion names them in `also`; a value is not given then.
       */
      readonly subtree?: 'with' | 'below'
      /** A lock that is being unlocked already is no error: both calls end with it, and only the first brings a value (dlm FORCEUNLOCK). */
      readonly force?: boolean
    }
  /** Ends a waiting request or conversion. Its pending call ends `cancelled`, or `granted` if that came first. */
  | {
      readonly kind: 'cancel'
      readonly call: number
      readonly lock: number
      /** Also what waits below it; `also` in the completion names what was cancelled. */
      readonly subtree?: boolean
    }
  /** Drops orphans; PW and EX among them make values not valid. Answered by `purged` or `refused`. */
  | {
      readonly kind: 'purge'
      readonly call: number
      /** Only those of this lockspace. */
      readonly space?: string
      /** Only those that a session of this node left behind (its small number). */
      readonly node?: number
    }
  /** Opens a lockspace with attributes that all who open it agree on. Answered by `space` or `refused`. */
  | {
      readonly kind: 'open-space'
      readonly call: number
      readonly space: string
      /** `new`: refused when somebody has it open (dlm NEWEXCL). `existing`: refused when nobody has. Default: either. */
      readonly create?: 'new' | 'existing'
      /** What it must be like. What is not named is taken from who has it open, or from the defaults. */
      readonly attributes?: Partial<SpaceAttributes>
      /** Wants `recovery` events. Default false. */
      readonly lifecycle?: boolean
    }
  /**
   * Leaves a lockspace. `unused`: refused while the session has a lock in it. `idle`: refused while
   * one is granted in more than NL; the rest is dropped. `discard`: all locks are dropped; each is told
   * `lost`. Dropped PW and EX make values not valid. Answered by `space` or `refused`.
   */
  | {
      readonly kind: 'leave-space'
      readonly call: number
      readonly space: string
      readonly force: 'unused' | 'idle' | 'discard'
    }
  /** Keeps the session alive. `sent` comes back unchanged. */
  | { readonly kind: 'ping'; readonly call: number; readonly sent: number }
  /** Ends the session; its locks are freed. */
  | { readonly kind: 'close'; readonly call: number }
  /** Asks what the node knows; answered by `report` or `refused`. */
  | {
      readonly kind: 'query'
      readonly call: number
      readonly what: 'status' | 'locks'
      /**
       * `node`: what this node masters. `cluster`: everything. Locks come in pages, without those by which
       * nodes keep lockspaces open. Default `node`.
       */
      readonly scope?: 'node' | 'cluster'
      /** With `cluster`: which locks. Default: all. */
      readonly filter?: LockFilter
      /** With the same scope and filter: the `next` of the report before; once, and in the same epoch. */
      readonly after?: string
      /** Locks in one page, 1 to 1,000. Default 1,000. */
      readonly limit?: number
    }

/** Calls that name a lock: each ends in exactly one completion. */
export type LockCall = Extract<
  SessionCall,
  { readonly kind: 'request' | 'adopt' | 'convert' | 'unlock' | 'cancel' }
>

/** Calls that name no lock and have an answer of their own. */
export type PlainCall = Extract<
  SessionCall,
  { readonly kind: 'purge' | 'open-space' | 'leave-space' | 'query' }
>

/** All that are given must hold. */
export interface LockFilter {
  readonly resource?: ResourceName
  /** A session as its `opened` event names it; or, with `node`, as a report does. */
  readonly session?: string
  /** With `session`: that session's number of the lock. */
  readonly lock?: number
  /** Whose sessions. */
  readonly node?: NodeName
  /** Also tell `value`, `counts`, `blockedBy` and `blocks` of each. Default false. */
  readonly details?: boolean
}

/** What all who open a lockspace agree on. */
export interface SpaceAttributes {
  /** Largest value block, bytes: 0 to 1,024. Default 1,024. */
  readonly valueBytes: number
  /** How long a call waits before the deadlock search looks at it, ms; 0: never. Default 1,000. */
  readonly deadlockMs: number
  /** Who masters a name that nobody masters yet: its first user, or the node its hash leads to. Default `directory`. */
  readonly mastering: 'directory' | 'hash'
}

/** The outcome of a call, as data. */
export type Outcome =
  | 'granted'
  | 'denied'
  /** Would wait for ever: `reason` tells the cycle. A conversion keeps its mode, a request is gone. */
  | 'deadlock'
  | 'cancelled'
  /** Like `cancelled`, by its own `timeoutMs`. */
  | 'timed-out'
  | 'unlocked'
  /** The session or the node's authority ended while the call was pending or the lock was held. */
  | 'lost'
  /** A cancel that found nothing to cancel; the call it meant has its own completion. */
  | 'nothing-to-cancel'
  /** No orphan to adopt. */
  | 'not-found'
  /** The call itself was wrong; nothing changed. `reason` says what and what to do. */
  | 'refused'

/** Refusals that a program may want to tell apart. */
export type RefusalCode =
  /** The session, or the node, has as many locks as it may have. */
  | 'quota'
  /** The lock has locks below it. */
  | 'children'

export function refusalOf(call: LockCall | PlainCall, reason: string): SessionEvent {
  if (!('lock' in call)) return { kind: 'refused', call: call.call, reason }
  return { kind: 'completion', call: call.call, lock: call.lock, outcome: 'refused', reason }
}

export interface ValueCopy {
  readonly bytes: Uint8Array
  /** False when a writer died or the last value may be lost; the bytes are then the last known. As last seen after a down conversion. */
  readonly valid: boolean
  /** Rises with each write and each invalidation. */
  readonly sequence: number
}

export type LossReason = 'session-expired' | 'authority-lost' | 'node-evicted' | 'node-stopped'

export type SessionEvent =
  /** First event of a session. */
  | {
      readonly kind: 'opened'
      readonly session: string
      readonly leaseMs: Millis
      readonly node: NodeName
    }
  | {
      readonly kind: 'completion'
      readonly call: number
      readonly lock: number
      readonly outcome: Outcome
      /** The mode held after the call; absent when the lock is gone or was never granted. */
      readonly mode?: LockMode
      /** On grants in CW, PW and EX. Strictly rises per resource. */
      readonly token?: bigint
      /** What the lock has of its resource after the call; absent when it has all of it. */
      readonly range?: LockRange
      /** When the call used the value block and was granted. */
      readonly value?: ValueCopy
      /** On its way the lock went down to NL, so that others could go on (`demote`). */
      readonly demoted?: boolean
      /** Granted in `mode` because the mode asked for could not be had (`alternatePR`, `alternateCW`). */
      readonly alternate?: boolean
      /** Other locks of the session that ended with this unlock, or whose calls this cancel ended. */
      readonly also?: readonly number[]
      readonly reason?: string
      readonly code?: RefusalCode
    }
  /** Somebody waits for a mode that this lock blocks. */
  | { readonly kind: 'blocking'; readonly lock: number; readonly mode: LockMode }
  /** A lock is gone without having been unlocked: its lockspace was left with `discard`. */
  | { readonly kind: 'lost'; readonly lock: number }
  /** How many it set out to free; one that somebody adopted at that moment is among them, and stays his. */
  | { readonly kind: 'purged'; readonly call: number; readonly count: number }
  | {
      readonly kind: 'space'
      readonly call: number
      readonly space: string
      readonly outcome: 'opened' | 'left'
      readonly attributes?: SpaceAttributes
    }
  /** A call that names no lock was wrong, or cannot be done here and now; nothing changed. */
  | { readonly kind: 'refused'; readonly call: number; readonly reason: string }
  /**
   * The cluster changes, for those who opened a lockspace with `lifecycle`. `stopped`: a view is
   * installed; what the lost nodes held, mastered or indexed is granted to nobody. `lost`: they have
   * stopped for certain (once, only when nodes were lost). `resumed`: all is granted again. When a
   * newer view comes before `resumed`, there is another `stopped` and one `resumed` for both.
   */
  | {
      readonly kind: 'recovery'
      readonly space: string
      readonly phase: 'stopped' | 'lost' | 'resumed'
      readonly epoch: Epoch
      /** Small numbers of the members. */
      readonly members: readonly number[]
      /** Small numbers of those that left without saying goodbye. */
      readonly lost: readonly number[]
    }
  | {
      readonly kind: 'pong'
      readonly call: number
      readonly sent: number
      /** How long the node may still act, in its own clock, when it read the ping. */
      readonly authorityMs: Millis
    }
  | {
      readonly kind: 'report'
      readonly call: number
      readonly status?: NodeStatus
      readonly locks?: readonly LockReport[]
      /** There may be more: give it as `after`. */
      readonly next?: string
      /**
       * Locks may be missing: a node had not been told yet of all that it took over; or it may not act
       * now, and this is what it knew, up to the limit of one report.
       */
      readonly partial?: boolean
    }
  /**
   * The last event of a session. Its pending calls end `lost`, its locks may no longer be trusted from
   * now on; it comes before the cluster can give any of them to somebody else.
   */
  | {
      readonly kind: 'closed'
      readonly reason: LossReason | 'asked' | 'refused'
      readonly detail?: string
    }

export interface NodeStatus {
  readonly node: NodeName
  readonly state: 'joining' | 'member' | 'frozen' | 'leaving' | 'left' | 'evicted'
  readonly epoch: Epoch
  readonly active: boolean
  readonly leader?: NodeName
  readonly members: readonly MemberReport[]
}

export interface MemberReport {
  readonly node: NodeName
  readonly id: number
  readonly joined: Epoch
  readonly address: string
  readonly votes: number
  readonly state: 'member' | 'suspect' | 'leaving'
}

/** One lock as its master sees it: number `lock` of the session with number `session` on `node`. */
export interface LockReport {
  readonly resource: ResourceName
  readonly node: NodeName
  readonly session: string
  readonly lock: number
  readonly queue: 'granted' | 'converting' | 'waiting'
  readonly granted?: LockMode
  readonly wanted?: LockMode
  readonly token?: bigint
  readonly master: NodeName
  /** How long it has been in this queue. */
  readonly forMs: Millis
  /** The node that knows the master of the name. */
  readonly directory?: NodeName
  /** Its place in its queue, from 0; absent when granted. */
  readonly position?: number
  readonly range?: LockRange
  readonly wantedRange?: LockRange
  /** The explicit owner. */
  readonly owner?: string
  readonly priority?: number
  readonly persistent?: boolean
  /** Its session has ended. */
  readonly orphan?: boolean
  /** The session's number of the lock that it is below, as it was when this one was asked for. */
  readonly parent?: number
  /** With `details`, as all that follows: the value block of the resource. */
  readonly value?: ValueCopy
  readonly counts?: LockCounts
  /** What has to go before it can have what it wants, first what holds, then what is queued before it: 64 of them. */
  readonly blockedBy?: readonly LockName[]
  readonly moreBlockedBy?: boolean
  /** The queued calls that it is in the way of, by what it holds or by coming before them: 64 of them. */
  readonly blocks?: readonly LockName[]
  readonly moreBlocks?: boolean
}

/** Locks on a resource by queue, and what is one level below it and below the lock. */
export interface LockCounts {
  readonly granted: number
  readonly converting: number
  readonly waiting: number
  readonly resourcesBelow: number
  readonly locksBelow: number
}

/** One lock, by name. `mode`: what is in the way, held or wanted before; in `blocks` what it wants. */
export interface LockName {
  readonly node: NodeName
  readonly session: string
  readonly lock: number
  readonly queue: 'granted' | 'converting' | 'waiting'
  readonly mode: LockMode
  readonly forMs: Millis
}
