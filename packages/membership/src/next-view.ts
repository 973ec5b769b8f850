import type { NodeName } from '@holdfast/primitives'
import { GHOSTS_MAX, MEMBERS_MAX, NAMES_MAX, REASON_LENGTH_MAX, VOTERS_MAX } from './limits.ts'
import { bringsNotes, isTimeForNotes, notesAfter } from './notes.ts'
import { isQuorum } from './quorum.ts'
import { isSelfMember, isVoter, type PendingJoin, type State } from './state.ts'
import type { Ghost, View, ViewMember, ViewVoter } from './view.ts'
import { byNode, isSameElectorate, isSameProcess, memberOf } from './view.ts'

/** What a leader wants to change, and why. */
export interface Change {
  /** Members to remove against their will, with the reason; they become ghosts. */
  readonly evict: ReadonlyMap<NodeName, string>
  /** Members that said goodbye: they act no more, so nobody waits for them. */
  readonly goodbye: ReadonlySet<NodeName>
}

/**
 * The view that a leader would propose now, or `undefined` when there is nothing to change.
 *
 * Removals may follow at once on a view that is not active yet; joins, planned leaves, notes and
 * changes of the electorate wait for it (or ride along with a removal), so that they cannot pile up.
 */
export function nextView(state: State, base: View, change: Change): View | undefined {
  const isActive = state.activeEpoch >= base.epoch
  const hasRemovals = change.evict.size > 0 || change.goodbye.size > 0
  if (!isActive && !hasRemovals) return undefined
  const reasons: string[] = []
  const stay = remaining(state, base, change, reasons)
  const names = [...base.names]
  const joins = admissible(state, stay).map((join) => ({ join, id: idFor(join, names, base) }))
  let { lastId } = base
  const members = [...stay]
  for (const { join, id } of joins) {
    const given = id ?? lastId + 1
    lastId = Math.max(lastId, given)
    members.push(toMember(join, given, base.epoch + 1))
    if (id === undefined) names.push({ node: join.process.node, id: given })
    reasons.push(`${join.process.node} joined`)
  }
  // A chain: all views in a row of inactive ones have the same value (the lock layer relies on it).
  const settled = isActive ? base.epoch : base.settled
  const view: View = {
    clusterId: base.clusterId,
    epoch: base.epoch + 1,
    settled,
    members: members.sort(byNode),
    ...electorate(state, base, isActive && change.evict.size === 0),
    ghosts: ghosts(base, change, isActive),
    names: forgetOldest(names, members),
    lastId,
    notes: notesAfter(state, base, settled),
    reason: '',
  }
  if (!isSameElectorate(base, view)) reasons.push('voters changed')
  if (reasons.length === 0 && bringsNotes(view) && isTimeForNotes(state, base))
    reasons.push('notes')
  if (reasons.length === 0 || view.ghosts.length > GHOSTS_MAX) return undefined
  return { ...view, reason: reasons.join('; ').slice(0, REASON_LENGTH_MAX) }
}

/** The members that stay, with their wish to leave taken down. */
function remaining(state: State, base: View, change: Change, reasons: string[]): ViewMember[] {
  const stay: ViewMember[] = []
  for (const member of base.members) {
    const { node } = member
    const evicted = change.evict.get(node)
    if (evicted !== undefined) reasons.push(`${node} evicted: ${evicted}`)
    if (change.goodbye.has(node)) reasons.push(`${node} left`)
    if (evicted !== undefined || change.goodbye.has(node)) continue
    const wish = state.pendingLeaves.get(node)
    const wantsToLeave = wish !== undefined && wish.incarnation === member.incarnation
    if (!wantsToLeave || member.leaving) {
      stay.push(member)
      continue
    }
    reasons.push(`${node} is leaving`)
    // A permanent leave gives the votes back; the electorate follows once this view is active.
    stay.push({ ...member, leaving: true, votes: wish.permanent ? 0 : member.votes })
  }
  return stay
}

function admissible(state: State, stay: readonly ViewMember[]): readonly PendingJoin[] {
  const room = MEMBERS_MAX - stay.length
  return [...state.pendingJoins.values()]
    .filter((join) => join.role === 'member')
    .filter((join) => !stay.some((member) => member.node === join.process.node))
    .filter((join) => join.unheard.every((node) => !stay.some((member) => member.node === node)))
    .sort((a, b) => byNode(a.process, b.process))
    .slice(0, room)
}

function idFor(join: PendingJoin, names: View['names'], base: View): number | undefined {
  const { node } = join.process
  return memberOf(base, node)?.id ?? names.find((name) => name.node === node)?.id
}

function toMember(join: PendingJoin, id: number, epoch: number): ViewMember {
  const { process, address, votes, weight, storageId } = join
  return {
    node: process.node,
    id,
    incarnation: process.incarnation,
    joined: epoch,
    address,
    votes,
    ...(storageId === undefined ? {} : { storageId }),
    weight,
    leaving: false,
  }
}

/** Departed names beyond the limit are forgotten, oldest number first. */
function forgetOldest(names: View['names'], members: readonly ViewMember[]): View['names'] {
  const excess = Math.max(0, names.length - NAMES_MAX)
  const departed = names
    .filter(({ node }) => !members.some((member) => member.node === node))
    .sort((a, b) => a.id - b.id)
    .slice(0, excess)
  return names.filter((name) => !departed.includes(name)).sort(byNode)
}

/** Ghosts are carried from view to view until one is known to be active. */
function ghosts(base: View, change: Change, isActive: boolean): readonly Ghost[] {
  const carried = isActive ? [] : base.ghosts
  const made = base.members
    .filter(({ node }) => change.evict.has(node) && !change.goodbye.has(node))
    .map(({ node, incarnation }) => ({ node, incarnation }))
  const fresh = made.filter((ghost) => !carried.some((old) => isSameProcess(old, ghost)))
  return [...carried, ...fresh].sort(byNode)
}

export interface VotingPart {
  readonly voters: readonly ViewVoter[]
  readonly tieBreaker?: NodeName
}

/**
 * Who votes on the view after the next. Changes only while the present view is active and never
 * together with an eviction. A crash or a plain leave never takes votes away; what members ask for
 * (their configured votes, with the disk they have now) and permanent leaves do.
 */
export function electorate(state: State, base: View, mayChange: boolean): VotingPart {
  const present = votingPart(base.voters, base.tieBreaker)
  if (!mayChange) return present
  const voters = wantedVoters(state, base)
  const preferred = base.tieBreaker ?? state.options.tieBreaker
  const tieBreaker = voters.some(({ node }) => node === preferred) ? preferred : undefined
  const next = votingPart(voters, tieBreaker)
  const live = voters.map(({ node }) => node).filter((node) => isLiveVoter(state, base, node))
  const isSane = voters.length <= VOTERS_MAX && isQuorum(next, live)
  return isSane ? next : present
}

function wantedVoters(state: State, base: View): readonly ViewVoter[] {
  const wanted = new Map(base.voters.map((voter) => [voter.node, voter]))
  for (const { node, storageId, votes, address } of base.members) {
    if (storageId === undefined) continue
    const isChanged = wanted.get(node)?.storageId !== storageId || wanted.get(node)?.votes !== votes
    if (votes === 0) wanted.delete(node)
    else if (isChanged) wanted.set(node, { node, storageId, votes, address })
  }
  for (const { role, process, storageId, votes, address } of state.pendingJoins.values()) {
    if (role !== 'witness' || storageId === undefined || votes === 0) continue
    wanted.set(process.node, { node: process.node, storageId, votes, address })
  }
  return [...wanted.values()].sort(byNode)
}

/** A voter that would be asked and would answer; a new one was heard as a member or asked to join. */
function isLiveVoter(state: State, base: View, node: NodeName): boolean {
  if (node === state.self.node) return isVoter(state) || isSelfMember(state)
  if (memberOf(base, node) !== undefined) return !state.members.isSuspect(node)
  return !state.voters.isSuspect(node)
}

function votingPart(voters: readonly ViewVoter[], tieBreaker: NodeName | undefined): VotingPart {
  return { voters, ...(tieBreaker === undefined ? {} : { tieBreaker }) }
}
