import {
  type Epoch,
  fnv1a,
  type Incarnation,
  type Instant,
  type NodeName,
  type Random,
  type TimerTable,
} from '@holdfast/primitives'
import type { Ballot } from './ballot.ts'
import type { FailureDetector } from './failure-detector.ts'
import type { LeaseHolder } from './lease/holder.ts'
import type { Supporter } from './lease/supporter.ts'
import { ADDRESS_BOOK_MAX } from './limits.ts'
import type {
  AcceptedView,
  Envelope,
  Introduction,
  MembershipMessage,
  MessageBody,
  Outstanding,
} from './messages.ts'
import type { MembershipOptions } from './options.ts'
import type { Destination, Outbox } from './outbox.ts'
import type { Electorate } from './quorum.ts'
import { type MembershipTiming, timingText } from './timing.ts'
import { isMember, isVoterOf, memberOf, type ProcessId, type View } from './view.ts'

export type TimerName =
  | 'heartbeat'
  | 'election'
  | 'batch'
  | 'retry'
  | 'suspect'
  | 'ghosts'
  | 'join'
  | 'leave'
  | 'lease'
  | 'judge-again'

/** One voter's answer to `prepare` or `propose`. */
export interface Reply {
  readonly node: NodeName
  readonly process: ProcessId
  readonly receivedAt: Instant
  readonly outstanding: Outstanding
  readonly accepted: AcceptedView | undefined
  readonly introduction: Introduction | undefined
  readonly storageId: string
  readonly address: string
}

export interface Proposal {
  readonly view: View
  readonly accepts: Reply[]
}

/** Follower, pre-candidate, candidate and leader, as in Raft; the ballot is for the next epoch. */
export type Role =
  | { readonly kind: 'follower' }
  | { readonly kind: 'pre-candidate'; readonly ballot: Ballot; readonly granted: NodeName[] }
  | { readonly kind: 'candidate'; readonly ballot: Ballot; readonly promises: Reply[] }
  | { readonly kind: 'leader'; readonly ballot: Ballot; proposal: Proposal | undefined }

/** The way of one decided view to its activation, kept by whoever decided it or leads in it. */
export interface Activation {
  readonly epoch: Epoch
  readonly ballot: Ballot
  readonly since: Instant
  readonly installed: Set<string>
  /** When each ghost can act no longer, by this clock. */
  readonly ghostsUntil: Map<string, Instant>
}

export interface PendingJoin {
  readonly process: ProcessId
  readonly role: 'member' | 'witness'
  readonly votes: number
  readonly weight: number
  readonly storageId: string | undefined
  readonly address: string
  readonly unheard: readonly NodeName[]
  readonly askedAt: Instant
  readonly since: Instant
}

/** What a process that asks for admission knows so far. */
export interface Joining {
  readonly since: Instant
  /** Members heard since it began to ask. */
  readonly heard: Set<NodeName>
  /** Who is said to lead. */
  hint: NodeName | undefined
}

export interface PendingLeave {
  readonly incarnation: Incarnation
  readonly stage: 'leaving' | 'goodbye'
  readonly permanent: boolean
}

/** What a member wants the next view to bring. */
export interface PendingNotes {
  readonly number: number
  readonly texts: readonly string[]
}

/** What this process proposed and has not seen in a view. */
export interface OwnNotes {
  readonly number: number
  /** The epoch in which it was proposed: older notes with the same text do not count. */
  readonly since: Epoch
  readonly texts: readonly string[]
}

export interface Report {
  readonly suspects: readonly NodeName[]
  readonly at: Instant
}

/** What the disk remembers, for a node that has one; the view also without a disk. */
export interface Memory {
  readonly storageId: string | undefined
  promised: Ballot | undefined
  accepted: AcceptedView | undefined
  view: View | undefined
}

export interface State {
  readonly options: MembershipOptions
  readonly self: ProcessId
  readonly role: { current: Role }
  readonly timing: MembershipTiming
  /** What all nodes must agree on. */
  readonly settings: string
  readonly founding: string
  readonly random: Random
  readonly out: Outbox
  readonly timers: TimerTable<TimerName>
  readonly memory: Memory
  readonly supporter: Supporter
  readonly lease: LeaseHolder
  /** Watches the processes that are members. */
  readonly members: FailureDetector
  /** Watches the disks that vote, whatever process serves them. */
  readonly voters: FailureDetector
  readonly addresses: Map<NodeName, string>
  readonly reports: Map<NodeName, Report>
  /** Since when a link between two members is known to be bad. */
  readonly badLinks: Map<string, Instant>
  readonly pendingJoins: Map<NodeName, PendingJoin>
  readonly pendingLeaves: Map<NodeName, PendingLeave>
  readonly pendingNotes: Map<NodeName, PendingNotes>
  /** When somebody was last sent a view, or asked for one. */
  readonly told: Map<string, Instant>
  now: Instant
  /** The epoch that admitted this process. */
  joined: Epoch | undefined
  activeEpoch: Epoch
  activation: Activation | undefined
  leader: { readonly node: NodeName; readonly ballot: Ballot } | undefined
  leaderHeardAt: Instant | undefined
  roundSeen: number
  sequence: number
  health: number
  /** Judge nobody before this instant. */
  judgeFrom: Instant
  /** Until when any ghost may have leases that the present voters know nothing of. */
  electorateChangedUntil: Instant
  leaving: { readonly permanent: boolean } | undefined
  saidGoodbye: boolean
  joining: Joining | undefined
  /** Counts the proposals of this process. */
  notesNumber: number
  ownNotes: OwnNotes | undefined
  /** When this process last learned of a view that brought notes. */
  notesAt: Instant | undefined
  /** How well the lease is, as last told. */
  leaseMood: 'none' | 'safe' | 'jeopardy'
  isQuorate: boolean
  ended: boolean
}

export function epochOf(state: State): Epoch {
  return state.memory.view?.epoch ?? 0
}

export function settingsOf(options: MembershipOptions): string {
  return fnv1a(timingText(options.timing)).toString(16)
}

export function weightOf({ self }: MembershipOptions): number {
  return self.weight ?? 1
}

/** A short name for the first voters: genesis needs all of them to have the same list. */
export function foundingOf(options: MembershipOptions): string {
  const voters = options.genesis.map(({ node, votes }) => `${node}:${votes}`).sort()
  const text = `${options.cluster} ${voters.join(' ')} ${options.tieBreaker ?? '-'}`
  return `${fnv1a(text).toString(16)}-${fnv1a(`2 ${text}`).toString(16)}-${settingsOf(options)}`
}

/** The voters who decide the next view: those of the newest view, or the whole first list. */
export function electorateOf(state: State): Electorate {
  const { view } = state.memory
  if (view === undefined) return { voters: state.options.genesis, unanimous: true }
  return view
}

/** True when this process may vote on the next view. */
export function isVoter(state: State): boolean {
  const { view, storageId } = state.memory
  if (view !== undefined) return isVoterOf(view, state.self.node, storageId)
  if (storageId === undefined) return false
  return state.options.genesis.some(({ node }) => node === state.self.node)
}

/** True when the sender is one of the voters who decide the next view. */
export function isVoterMessage(state: State, from: NodeName, message: Envelope): boolean {
  const { view } = state.memory
  if (message.storageId === undefined) return false
  if (view !== undefined) return isVoterOf(view, from, message.storageId)
  return state.options.genesis.some(({ node }) => node === from)
}

/** True while this very process is a member of the newest view. */
export function isSelfMember(state: State): boolean {
  const { view } = state.memory
  return view !== undefined && state.joined !== undefined && isMember(view, state.self)
}

export function isWitness(state: State): boolean {
  return state.options.joinAs === 'witness'
}

/** Everybody who is told things: members and voters, without this node. */
export function peersOf(view: View, self: NodeName): readonly NodeName[] {
  const names = [...view.members, ...view.voters].map(({ node }) => node)
  return [...new Set(names)].filter((node) => node !== self).sort()
}

function envelopeOf(state: State): Envelope {
  const clusterId = state.memory.view?.clusterId
  const { storageId } = state.memory
  return {
    cluster: state.options.cluster,
    epoch: epochOf(state),
    address: state.options.self.address,
    ...(clusterId === undefined ? {} : { clusterId }),
    ...(storageId === undefined ? {} : { storageId }),
  }
}

export function destination(state: State, node: NodeName): Destination {
  const { view } = state.memory
  const known = state.addresses.get(node)
  const agreed = memberOf(view, node) ?? view?.voters.find((voter) => voter.node === node)
  const seed = state.options.seeds.find((candidate) => candidate.node === node)
  return { node, address: known ?? agreed?.address ?? seed?.address ?? node }
}

export function learnAddress(state: State, node: NodeName, address: string): void {
  if (address === '' || node === state.self.node) return
  if (state.addresses.size >= ADDRESS_BOOK_MAX && !state.addresses.has(node)) return
  state.addresses.set(node, address)
}

function toMessage(state: State, body: MessageBody): MembershipMessage {
  return { ...envelopeOf(state), ...body }
}

export function send(state: State, node: NodeName, body: MessageBody): void {
  state.out.send(destination(state, node), toMessage(state, body))
}

/** Sends once all that was saved until now is on the disk. */
export function sendWhenStored(state: State, node: NodeName, body: MessageBody): void {
  state.out.sendWhenStored(destination(state, node), toMessage(state, body))
}

/** Writes down what a voter must not forget. */
export function save(state: State): void {
  const { storageId, promised, accepted, view } = state.memory
  if (storageId === undefined) return
  state.out.save({
    format: 1,
    cluster: state.options.cluster,
    node: state.self.node,
    storageId,
    ...(promised === undefined ? {} : { promised }),
    ...(accepted === undefined ? {} : { accepted }),
    ...(view === undefined ? {} : { view }),
  })
}

/** True when this was not yet done to this node within the last retry interval. */
export function mayTell(state: State, what: string): boolean {
  const before = state.told.get(what)
  if (before !== undefined && state.now - before < state.timing.retryMs) return false
  if (state.told.size >= ADDRESS_BOOK_MAX) state.told.clear()
  state.told.set(what, state.now)
  return true
}

/** The end of this process as a participant: it acts, votes and answers no more. */
export function end(state: State): void {
  state.ended = true
  state.lease.void()
  state.role.current = { kind: 'follower' }
  state.activation = undefined
  for (const timer of TIMERS) state.timers.clear(timer)
  state.out.close()
}

const TIMERS: readonly TimerName[] = [
  'heartbeat',
  'election',
  'batch',
  'retry',
  'suspect',
  'ghosts',
  'join',
  'leave',
  'lease',
  'judge-again',
]
