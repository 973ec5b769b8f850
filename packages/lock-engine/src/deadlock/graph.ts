/**
 * Who waits for whom: the words of the deadlock search, and what it needs of the tables of a node.
 *
 * The nodes of the graph are parties, its edges are pairs of a queued call and a lock in its way.
 */
import type { Instant, Millis, NodeId } from '@holdfast/primitives'

/**
 * Whom a lock belongs to: `=<owner>` for an explicit owner, `<node>/<session>` for a session,
 * `<node>/<session>/<lock>` for a lock that is alone; node, session and lock as decimal numbers.
 */
export type Party = string

/** A lock, named by the node that holds it and that node's number of it. */
export interface LockRef {
  readonly holder: NodeId
  readonly lock: number
}

/**
 * A lock as its master had it at one moment. The version stands for everything that decides whether a
 * lock is in another's way: queue, mode held and wanted, ranges, place before or behind others,
 * party, flags. The master gives another one when any of that changes (not when others leave from
 * before it, which changes nothing between it and those that stay), from a counter that never goes
 * back, so that no version of this master stands for two states, even of two locks.
 */
export interface LockVersion extends LockRef {
  readonly version: number
}

/** A queued call, as its master knows it. */
export interface Wait extends LockVersion {
  readonly party: Party
  /** 0 to 255; the lowest loses. */
  readonly priority: number
  /** How long it has been queued, on the clock of its master. */
  readonly waitedMs: Millis
  /** What follows "waits for": `EX on orders/a`. Cut at 160 characters. */
  readonly words: string
}

/** A lock that must go before some queued call can be granted. */
export interface Blocker extends LockVersion {
  readonly party: Party
  /**
   * What follows "which n2/5": `holds in PR`, `holds in PR and wants in EX`, `wants in EX before it`.
   * Cut at 60 characters.
   */
  readonly words: string
}

/** A queued call, as its holder knows it. */
export interface QueuedCall {
  readonly lock: number
  readonly master: NodeId
}

/** What the tables of one node know of the graph. Nothing here changes them, except `due` and `deny`. */
export interface WaitGraph {
  /**
   * Queued calls, mastered here, that have waited `deadlockMs` of their lockspace, or that again since
   * they were last named; the longest due first, at most `limit`. Those named are due again after
   * another `deadlockMs`.
   */
  due(now: Instant, limit: number): readonly LockRef[]
  /** When the next one is due. */
  deadline(): Instant | undefined
  /**
   * The calls of sessions of this node that this party waits with, as far as their masters are known:
   * all that were asked of a master and are not answered, whether or not it has said that they are queued.
   */
  waitsOf(party: Party): Iterable<QueuedCall>
  /**
   * A queued call that is mastered here. `undefined` when it is not (any more), or when the search may
   * not see it wait: with `noDeadlockWait`, in a lockspace without search, on a resource that cannot
   * grant at present.
   *
   * `blockers`: each lock that has to go first, those that hold before those that are queued; locks
   * with `noDeadlockBlock` left out. With alternate modes: those that are in the way of every one of
   * the modes. Those of the call's own party may be among them, and count for nothing. Of very many
   * some are left out, others with each `turn`; of those that are queued the nearest never are, and
   * a wait for one further ahead is found by way of them too.
   */
  waitOf(
    lock: LockRef,
    turn: number,
  ): { readonly wait: Wait; readonly blockers: Iterable<Blocker> } | undefined
  /** The lock is mastered here and still has that version. */
  isUnchanged(lock: LockVersion): boolean
  /**
   * Ends the queued call with `deadlock`; false, and nothing happens, when it has another version. The
   * cycle is in words, a step a line, beginning with this call: each line at most 500 bytes of UTF-8,
   * all of them, joined by `; `, at most 2,000.
   */
  deny(lock: LockVersion, cycle: readonly string[]): boolean
}

/** To look a lock up by. */
export function keyOfLock({ holder, lock }: LockRef): string {
  return `${holder}.${lock}`
}

/** The one node where that party can wait; `undefined` for an explicit owner, which can wait anywhere. */
export function nodeOfParty(party: Party): NodeId | undefined {
  return party.startsWith('=') ? undefined : Number.parseInt(party, 10)
}

/** For people. */
export function wordsOfParty(party: Party): string {
  return party.startsWith('=') ? `owner ${party.slice(1)}` : `n${party}`
}
