import type { NodeName } from '@holdfast/primitives'
import { lateMembers } from './activation.ts'
import { type BadLink, smallestCut } from './cut.ts'
import { isQuorum } from './quorum.ts'
import { electorateOf, isVoter, mayTell, type State } from './state.ts'
import { isSameProcess, type View, type ViewMember } from './view.ts'

/**
 * What the leader concludes from its own ears and the reports of the others: whom to evict, and why.
 * Only evidence: a wrong conclusion costs an eviction, never safety.
 */
export function membersToEvict(state: State, view: View): ReadonlyMap<NodeName, string> {
  const evict = new Map<NodeName, string>()
  if (state.now < state.judgeFrom) return evict
  for (const node of lateMembers(state)) evict.set(node, 'did not install the view in time')
  for (const { node } of view.members) {
    if (isDead(state, view, node)) evict.set(node, 'silent')
  }
  for (const node of partialPartition(state, view, evict)) {
    evict.set(node, 'cannot talk to all other members')
  }
  return evict
}

/** Silent for the leader, and for every other member that still speaks. */
function isDead(state: State, view: View, node: NodeName): boolean {
  if (!state.members.isSuspect(node)) return false
  const others = view.members.filter((member) => member.node !== node && isHeard(state, member))
  return others.every((member) => state.reports.get(member.node)?.suspects.includes(node) ?? true)
}

function isHeard(state: State, member: ViewMember): boolean {
  return !isSameProcess(member, state.self) && !state.members.isSuspect(member.node)
}

/** Links between members that are bad for two suspicion times are cut by removing the fewest. */
function partialPartition(
  state: State,
  view: View,
  gone: ReadonlyMap<NodeName, string>,
): readonly NodeName[] {
  const links = currentBadLinks(state, view, gone)
  forgetHealed(state, links)
  const ripe = links.filter((link) => isRipe(state, link))
  if (ripe.length === 0) return []
  const cut = smallestCut({
    links: ripe,
    worth: (node) => worth(state, view, node),
    isAllowed: (removed) => isQuorum(electorateOf(state), liveVoters(state, removed)),
  })
  for (const link of ripe) {
    if (mayTell(state, `partial ${link}`)) {
      state.out.observe({ kind: 'partial-partition', nodes: link })
    }
  }
  return cut ?? []
}

function currentBadLinks(
  state: State,
  view: View,
  gone: ReadonlyMap<NodeName, string>,
): readonly BadLink[] {
  const links = new Map<string, BadLink>()
  const add = (a: NodeName, b: NodeName): void => {
    const link: BadLink = a < b ? [a, b] : [b, a]
    links.set(link.join(' '), link)
  }
  const names = view.members.map(({ node }) => node).filter((node) => !gone.has(node))
  for (const a of names) {
    if (state.members.isSuspect(a)) add(state.self.node, a)
    for (const b of state.reports.get(a)?.suspects ?? []) if (names.includes(b)) add(a, b)
  }
  return [...links.values()]
}

/** Every reported link is timed; one that is reported no more starts anew. */
function forgetHealed(state: State, links: readonly BadLink[]): void {
  const bad = new Set(links.map((link) => link.join(' ')))
  for (const key of [...state.badLinks.keys()]) if (!bad.has(key)) state.badLinks.delete(key)
  for (const link of links) {
    if (state.badLinks.has(link.join(' '))) continue
    state.badLinks.set(link.join(' '), state.now)
  }
}

function isRipe(state: State, link: BadLink): boolean {
  const since = state.badLinks.get(link.join(' ')) ?? state.now
  return state.now - since >= 2 * state.timing.suspectMs
}

/** Whom to keep: the leader above all, then heavy voters, then those with the smaller number. */
function worth(state: State, view: View, node: NodeName): number {
  if (node === state.self.node) return 1_000_000
  const member = view.members.find((candidate) => candidate.node === node)
  const seniority = member === undefined ? 0 : 1 / (1 + member.id)
  return (member?.votes ?? 0) * 10 + seniority
}

/** Voters that this node hears, without `removed`. */
export function liveVoters(state: State, removed: readonly NodeName[]): readonly NodeName[] {
  return electorateOf(state)
    .voters.map(({ node }) => node)
    .filter((node) => !removed.includes(node))
    .filter((node) => (node === state.self.node ? isVoter(state) : !state.voters.isSuspect(node)))
}

/** True while somebody is silent so long that the next moments will tell: better decide once. */
export function isHalfSure(
  state: State,
  view: View,
  evict: ReadonlyMap<NodeName, string>,
): boolean {
  return view.members.some((member) => {
    if (evict.has(member.node) || isSameProcess(member, state.self)) return false
    if (state.members.isSuspect(member.node)) return false
    return state.members.silentMs(member.node, state.now) > 1.5 * state.timing.heartbeatMs
  })
}
