import type { Epoch, Incarnation, Millis, NodeId, NodeName } from '@holdfast/primitives'
import type { State } from './state.ts'
import { isSelfMember } from './state.ts'
import { isSameProcess } from './view.ts'

export type Seat = 'outside' | 'joining' | 'member' | 'leaving' | 'ended'

export interface MemberStatus {
  readonly node: NodeName
  readonly id: NodeId
  readonly incarnation: Incarnation
  readonly joined: Epoch
  readonly address: string
  readonly votes: number
  readonly isLeaving: boolean
  readonly isSelf: boolean
  readonly isSuspect: boolean
  /** Since the last message from it; 0 for this node itself. */
  readonly silentMs: Millis
}

/** What `members` of a command line shows. */
export interface MembershipStatus {
  readonly seat: Seat
  readonly clusterId: string | undefined
  readonly epoch: Epoch
  readonly activeEpoch: Epoch
  readonly reason: string
  readonly leader: NodeName | undefined
  readonly role: 'follower' | 'pre-candidate' | 'candidate' | 'leader'
  /** Own-health score, 0 (well) to 8. */
  readonly health: number
  readonly members: readonly MemberStatus[]
  readonly ghosts: readonly { readonly node: NodeName; readonly incarnation: Incarnation }[]
}

export function statusOf(state: State, now: number): MembershipStatus {
  const { view } = state.memory
  return {
    seat: seatOf(state),
    clusterId: view?.clusterId,
    epoch: view?.epoch ?? 0,
    activeEpoch: state.activeEpoch,
    reason: view?.reason ?? 'no view yet',
    leader: state.leader?.node,
    role: state.role.current.kind,
    health: state.health,
    members: (view?.members ?? []).map((member) => ({
      node: member.node,
      id: member.id,
      incarnation: member.incarnation,
      joined: member.joined,
      address: member.address,
      votes: view?.voters.find(({ node }) => node === member.node)?.votes ?? 0,
      isLeaving: member.leaving,
      isSelf: isSameProcess(member, state.self),
      isSuspect: state.members.isSuspect(member.node),
      silentMs: state.members.silentMs(member.node, now),
    })),
    ghosts: view?.ghosts ?? [],
  }
}

function seatOf(state: State): Seat {
  if (state.ended) return 'ended'
  if (isSelfMember(state)) return state.leaving === undefined ? 'member' : 'leaving'
  return state.joining === undefined ? 'outside' : 'joining'
}

/** One line on this process, and one on each member. */
export function describeState(state: State, now: number): string {
  const status = statusOf(state, now)
  const { node, incarnation } = state.self
  const left = state.lease.until === undefined ? 0 : Math.max(0, state.lease.until - now)
  const head =
    `${node}/${incarnation} ${status.seat} ${status.role} epoch ${status.epoch} ` +
    `active ${status.activeEpoch} leader ${status.leader ?? '-'} lease ${Math.round(left)} ms`
  const lines = status.members.map((member) => {
    const marks = [
      member.isSelf ? 'self' : '',
      member.isSuspect ? 'suspect' : '',
      member.isLeaving ? 'leaving' : '',
    ].filter((mark) => mark !== '')
    return `  ${member.node}#${member.joined} votes ${member.votes} ${marks.join(' ')}`.trimEnd()
  })
  const ghosts = status.ghosts.map((ghost) => `  ghost ${ghost.node}/${ghost.incarnation}`)
  return [head, ...lines, ...ghosts].join('\n')
}
