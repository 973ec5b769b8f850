/** What the lock tables of one node are to the outside. */
import type { Epoch, Instant, Machine, NodeId } from '@holdfast/primitives'
import type { EngineFact } from './core.ts'
import type { DeadlockMessage } from './deadlock/deadlock-messages.ts'
import type { SearchFact } from './deadlock/deadlock-search.ts'
import type { LockMessage } from './lock-messages.ts'
import type { LockCall, PlainCall, SessionEvent } from './messages.ts'
import type { QueryMessage } from './queries/query-messages.ts'
import type { EngineLockReport, HeldReport } from './reports.ts'
import type { Transfer } from './transfer.ts'
import type { EngineView } from './view.ts'

export type EngineInput =
  | { readonly kind: 'tick' }
  | { readonly kind: 'session-opened'; readonly session: number; readonly label: string }
  | { readonly kind: 'call'; readonly session: number; readonly call: LockCall | PlainCall }
  /** The owner is gone: its locks are freed and nobody hears of them any more. */
  | { readonly kind: 'session-closed'; readonly session: number }
  /** From a member of the installed view, over its link; `epoch` is what the sender had installed. */
  | {
      readonly kind: 'received'
      readonly from: NodeId
      readonly epoch: Epoch
      readonly message: unknown
    }

export type EngineOutput =
  | { readonly kind: 'send'; readonly to: NodeId; readonly message: EngineMessage }
  | { readonly kind: 'event'; readonly session: number; readonly event: SessionEvent }
  /** What the next view should bring, instead of what was proposed before: for the membership. */
  | { readonly kind: 'propose'; readonly notes: readonly string[] }
  | { readonly kind: 'observed'; readonly fact: EngineFact | SearchFact }

/** What engines say to each other. */
export type EngineMessage = LockMessage | DeadlockMessage | QueryMessage

export interface LockEngine extends Machine<EngineInput, EngineOutput> {
  install(view: EngineView, now: Instant): void
  transfers(): readonly Transfer[]
  resume(): void
  accept(from: NodeId, record: unknown): void
  activate(now: Instant): void
  open(now: Instant): void
  /** No lock is held here and none is mastered here. */
  readonly idle: boolean
  /** No session holds or wants a lock here and none is mastered here; lockspaces may be open. */
  readonly quiet: boolean
  /** What this node masters, for people; at most `limit` locks. */
  locks(limit: number): readonly EngineLockReport[]
  /** What this node's sessions hold, for checkers. */
  held(): readonly HeldReport[]
  /** Throws `InvariantViolation` when the tables contradict themselves or the rules. */
  checkInvariants(): void
  describe(): string
}
