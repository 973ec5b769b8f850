import type { Epoch, Incarnation, Millis, NodeName } from '@holdfast/primitives'

/** What is worth a log line or a metric. Nothing depends on facts being read. */
export type MembershipFact =
  | { readonly kind: 'suspect'; readonly node: NodeName; readonly silentMs: Millis }
  | { readonly kind: 'reachable'; readonly node: NodeName }
  | { readonly kind: 'leader-changed'; readonly leader: NodeName | undefined }
  /** The lease ended; it may come back in the same view if a quorum supports it again. */
  | { readonly kind: 'lease-lost' }
  /** Less than a third of the lease is left. */
  | { readonly kind: 'jeopardy'; readonly remainingMs: Millis }
  /** The lease is well again after `jeopardy` or `lease-lost`. */
  | { readonly kind: 'safe' }
  /** This process did not run for so long; it judges nobody for one heartbeat. */
  | { readonly kind: 'away'; readonly forMs: Millis }
  | { readonly kind: 'clock-jumped' }
  | { readonly kind: 'quorum-lost'; readonly votes: number; readonly total: number }
  | { readonly kind: 'quorum-regained'; readonly votes: number; readonly total: number }
  /** Another live process has this name. */
  | { readonly kind: 'conflict'; readonly node: NodeName; readonly incarnation: Incarnation }
  | { readonly kind: 'rejected'; readonly from: NodeName; readonly reason: string }
  | { readonly kind: 'refused'; readonly by: NodeName; readonly reason: string }
  /** Two members hear the leader but not each other. */
  | { readonly kind: 'partial-partition'; readonly nodes: readonly NodeName[] }
  | { readonly kind: 'proposed'; readonly epoch: Epoch; readonly reason: string }
