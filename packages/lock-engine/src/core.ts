import type { Epoch, Instant, NodeId } from '@holdfast/primitives'
import type { EngineLimits } from './limits.ts'
import type { LockMessage } from './lock-messages.ts'
import type { Copy } from './master/resource.ts'
import type { SessionEvent, SpaceAttributes } from './messages.ts'
import type { ResourceKey } from './resource-key.ts'
import type { EngineView, Mastery } from './view.ts'

/** What happened, for logs, metrics and traces. */
export type EngineFact =
  | { readonly kind: 'rejected'; readonly from: NodeId; readonly reason: string }
  | { readonly kind: 'appointed'; readonly key: ResourceKey }
  | { readonly kind: 'taken-over'; readonly key: ResourceKey }
  /** A call lost a deadlock; `words` tell the cycle. */
  | { readonly kind: 'deadlock'; readonly key: ResourceKey; readonly words: string }

/** What the tables of one engine share. Names of resources are those of roots, unless said otherwise. */
export interface Core {
  readonly limits: EngineLimits
  readonly now: Instant
  readonly view: EngineView
  /** The directory node of a name in the installed view. */
  directoryOf(root: ResourceKey): NodeId
  /** A takeover in that view counts for nothing: a newer view came before it was active. */
  isSuperseded(takenOver: Epoch): boolean
  /** This node is the master of a name by takeover: its own directory part must know, if it is there. */
  indexOwn(root: ResourceKey, takenOver: Epoch): void
  /** When this node masters the resource itself. Then nobody has to be asked, and nobody may be. */
  ownMastery(root: ResourceKey): Mastery | undefined
  /** Everybody has told this node what it took over: nothing of the installed view is on its way. */
  readonly isOpen: boolean
  /** This node is asking who masters the resource, and may be made the master itself any moment. */
  isLookedUp(root: ResourceKey): boolean
  /** May be made a master in the installed view, and indexes names. */
  isEligible(node: NodeId): boolean
  /** Of the lockspace of any resource. */
  attributesOf(key: ResourceKey): SpaceAttributes
  /** A call was queued: the deadlock search looks at it when it has waited for long enough. */
  watch(copy: Copy): void
  /** A request was refused while others were granted: no table keeps its copy. */
  ended(copy: Copy): void
  /** A node did something with a tree of this node's, for which see `mastery/`. */
  used(root: ResourceKey, by: NodeId): void
  /** To another node, or to a table of this one: handled after the present message. */
  send(to: NodeId, message: LockMessage): void
  event(session: number, event: SessionEvent): void
  observe(fact: EngineFact): void
}
