import type { Epoch, Instant, NodeId } from '@holdfast/primitives'
import type { EngineLimits } from './limits.ts'
import type { LockMessage } from './lock-messages.ts'
import type { SessionEvent } from './messages.ts'
import type { ResourceKey } from './resource-key.ts'
import type { EngineView, Mastery } from './view.ts'

/** What happened, for logs, metrics and traces. */
export type EngineFact =
  | { readonly kind: 'rejected'; readonly from: NodeId; readonly reason: string }
  | { readonly kind: 'appointed'; readonly space: string; readonly name: string }
  | { readonly kind: 'taken-over'; readonly space: string; readonly name: string }
  | { readonly kind: 'deadlock'; readonly space: string; readonly name: string }

/** What the three tables of one engine share. */
export interface Core {
  readonly limits: EngineLimits
  readonly now: Instant
  readonly view: EngineView
  /** The directory node of a name in the installed view. */
  directoryOf(key: ResourceKey): NodeId
  /** A takeover in that view counts for nothing: a newer view came before it was active. */
  isSuperseded(takenOver: Epoch): boolean
  /** This node is the master of a name by takeover: its own directory part must know, if it is there. */
  indexOwn(key: ResourceKey, takenOver: Epoch): void
  /** When this node masters the resource itself. Then nobody has to be asked, and nobody may be. */
  ownMastery(key: ResourceKey): Mastery | undefined
  /** Everybody has told this node what it took over: nothing of the installed view is on its way. */
  readonly isOpen: boolean
  /** This node is asking who masters the resource, and may be made the master itself any moment. */
  isLookedUp(key: ResourceKey): boolean
  /** May be made a master in the installed view, and indexes names. */
  isEligible(node: NodeId): boolean
  /** A node did something with a resource of this node's, for which see `mastery/`. */
  used(key: ResourceKey, by: NodeId): void
  /** To another node, or to a table of this one: handled after the present message. */
  send(to: NodeId, message: LockMessage): void
  event(session: number, event: SessionEvent): void
  observe(fact: EngineFact): void
}
