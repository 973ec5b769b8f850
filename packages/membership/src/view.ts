import type { Epoch, Incarnation, NodeId, NodeName } from '@holdfast/primitives'

export interface ViewMember {
  readonly node: NodeName
  /** The small number of the name; stable for as long as the cluster remembers the name. */
  readonly id: NodeId
  readonly incarnation: Incarnation
  /** The epoch of the view that admitted this start of the process. */
  readonly joined: Epoch
  readonly address: string
  /** The votes it asks for; it holds them once `voters` names it with this `storageId`. */
  readonly votes: number
  /** The identity of its disk; absent when it has none (then it can never vote). */
  readonly storageId?: string
  /** How large a part of the work of the layer above it asks for, beside the other members; 0 to 10. */
  readonly weight: number
  /** It is handing over: still a member, but no new work goes to it. */
  readonly leaving: boolean
}

/** A name with a disk that votes. A voter need not be a member (a witness, or a departed node). */
export interface ViewVoter {
  readonly node: NodeName
  readonly storageId: string
  readonly votes: number
  readonly address: string
}

/** A start of a process that was in a view since the last active one and may still hold a lease. */
export interface Ghost {
  readonly node: NodeName
  readonly incarnation: Incarnation
}

/** A short text of the layer above, agreed with the view that brought it. Nothing here looks inside. */
export interface ViewNote {
  /** The epoch of the view that brought it. */
  readonly epoch: Epoch
  readonly text: string
}

/**
 * One agreed state of the cluster. For each epoch at most one view is ever decided; it is never
 * changed. All lists are sorted by node name.
 */
export interface View {
  readonly clusterId: string
  readonly epoch: Epoch
  /**
   * `epoch - 1` when the proposer knew that view to be active, otherwise that view's own `settled`.
   * So it is the epoch of a view that was active, and all views in a row of inactive ones have the
   * same. A layer above may rely on that: a member may have skipped such a row, or seen part of it.
   */
  readonly settled: Epoch
  readonly members: readonly ViewMember[]
  readonly voters: readonly ViewVoter[]
  readonly tieBreaker?: NodeName
  readonly ghosts: readonly Ghost[]
  /** Small numbers of names, also of departed ones (up to a limit). */
  readonly names: readonly { readonly node: NodeName; readonly id: NodeId }[]
  /** The largest number ever given; numbers are not used twice. */
  readonly lastId: NodeId
  /**
   * Exactly the notes that were brought by the views after `settled` up to this one, in that order. So
   * whoever installs this view has every note of the views that it skipped: it skipped none that was
   * active, and `settled` was. It may have seen some of them before.
   */
  readonly notes: readonly ViewNote[]
  /** Why this view was proposed, for people. */
  readonly reason: string
}

/** One start of one process. */
export interface ProcessId {
  readonly node: NodeName
  readonly incarnation: Incarnation
}

export function isSameProcess(a: ProcessId, b: ProcessId): boolean {
  return a.node === b.node && a.incarnation === b.incarnation
}

export function processKey(process: ProcessId): string {
  return `${process.node}/${process.incarnation}`
}

export function memberOf(view: View | undefined, node: NodeName): ViewMember | undefined {
  return view?.members.find((member) => member.node === node)
}

/** True when this very start of the process is a member of the view. */
export function isMember(view: View, process: ProcessId): boolean {
  return memberOf(view, process.node)?.incarnation === process.incarnation
}

export function isVoterOf(view: View, node: NodeName, storageId: string | undefined): boolean {
  if (storageId === undefined) return false
  return view.voters.some((voter) => voter.node === node && voter.storageId === storageId)
}

/** The same voters, disks, votes and tie breaker; addresses do not matter. */
export function isSameElectorate(a: View, b: View): boolean {
  return electorateText(a) === electorateText(b)
}

function electorateText(view: View): string {
  const voters = view.voters.map((voter) => `${voter.node}/${voter.storageId}/${voter.votes}`)
  return `${view.tieBreaker ?? '-'} ${[...voters].sort().join(' ')}`
}

export function byNode(a: { readonly node: NodeName }, b: { readonly node: NodeName }): number {
  if (a.node === b.node) return 0
  return a.node < b.node ? -1 : 1
}

/** The names of all voters, sorted. */
export function voterNames(view: View): readonly NodeName[] {
  return view.voters.map(({ node }) => node).sort()
}
