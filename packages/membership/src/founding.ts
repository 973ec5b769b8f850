import type { NodeName } from '@holdfast/primitives'
import type { Reply, State } from './state.ts'
import { byNode, type View, type ViewMember, type ViewVoter } from './view.ts'

/**
 * The first view. All of the explicit list of first voters must promise and accept it, so that two
 * half lists cannot make two clusters, and nobody who heard no answer starts alone. Only the node
 * with the smallest name proposes it: as everybody is needed, no other could do without it anyway.
 */
export function isFounder(state: State): boolean {
  const names = state.options.genesis.map(({ node }) => node).sort()
  return names[0] === state.self.node
}

/** The view that all first voters, as they introduced themselves last, make together. */
export function foundingView(state: State, promises: readonly Reply[]): View {
  const latest = new Map<NodeName, Reply>()
  for (const reply of promises) latest.set(reply.node, reply)
  const listed = [...state.options.genesis].sort(byNode)
  const members: ViewMember[] = []
  const voters: ViewVoter[] = []
  const names: { readonly node: NodeName; readonly id: number }[] = []
  for (const { node, votes } of listed) {
    const reply = latest.get(node)
    if (reply === undefined) continue
    const { process, storageId, address } = reply
    voters.push({ node, storageId, votes, address })
    if (reply.introduction?.role === 'witness') continue
    const id = names.length + 1
    names.push({ node, id })
    const { incarnation } = process
    const weight = reply.introduction?.weight ?? 1
    const member = { node, id, incarnation, joined: 1, address, votes, storageId, weight }
    members.push({ ...member, leaving: false })
  }
  const { tieBreaker } = state.options
  return {
    clusterId: state.random.hex16() + state.random.hex16(),
    epoch: 1,
    settled: 0,
    members,
    voters,
    ...(tieBreaker === undefined ? {} : { tieBreaker }),
    ghosts: [],
    names,
    lastId: names.length,
    notes: [],
    reason: 'founded',
  }
}
