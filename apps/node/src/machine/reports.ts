import type { LockEngine } from '@holdfast/lock-engine'
import type { LockReport, MemberReport, NodeStatus } from '@holdfast/lock-engine/messages'
import type { Membership, View } from '@holdfast/membership'
import type { Instant, NodeName } from '@holdfast/primitives'

interface StatusSource {
  readonly self: NodeName
  readonly membership: Membership
  readonly acting: boolean
  readonly departing: boolean
}

/** What this node knows of the cluster. */
export function nodeStatus(source: StatusSource, now: Instant): NodeStatus {
  const { self, membership } = source
  const view = membership.view
  return {
    node: self,
    state: stateOf(source),
    epoch: view?.epoch ?? 0,
    active: membership.mayTakeOver(now),
    members: view === undefined ? [] : memberReports(view),
  }
}

function stateOf({ membership, acting, departing }: StatusSource): NodeStatus['state'] {
  if (departing) return 'leaving'
  if (membership.view === undefined) return 'joining'
  return acting ? 'member' : 'frozen'
}

function memberReports(view: View): readonly MemberReport[] {
  return view.members.map((member) => ({
    node: member.node,
    id: member.id,
    joined: member.joined,
    address: member.address,
    votes: view.voters.find((voter) => voter.node === member.node)?.votes ?? 0,
    state: member.leaving ? 'leaving' : 'member',
  }))
}

/** The locks that this node masters. */
export function lockReports(
  source: { readonly self: NodeName; readonly engine: LockEngine; readonly view: View | undefined },
  limit: number,
  now: Instant,
): readonly LockReport[] {
  const { self, engine, view } = source
  const names = new Map(view?.members.map((member) => [member.id, member.node]))
  return engine.locks(limit).map(({ holder, since, ...lock }) => {
    const node = names.get(holder) ?? `node ${holder}`
    return { ...lock, node, master: self, forMs: Math.max(0, now - since) }
  })
}
