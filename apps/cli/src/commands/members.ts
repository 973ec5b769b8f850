import type { Cluster, NodeStatus } from '@holdfast/client'
import { EXIT } from '../exit-code.ts'
import { formatTable } from '../table.ts'
import { type Paint, type Terminal, toJson } from '../terminal.ts'

/** Shows who is in the cluster. Resolves with the exit code: 69 while the cluster cannot act. */
export async function members(cluster: Cluster, terminal: Terminal): Promise<number> {
  const status = await cluster.status()
  terminal.print(terminal.json ? toJson(status) : formatStatus(status, terminal.paint))
  return status.state === 'member' || status.state === 'leaving' ? EXIT.ok : EXIT.unavailable
}

/** Who is in the cluster, for people. */
export function formatStatus(status: NodeStatus, paint: Paint): string {
  const { node, state, epoch, active, leader } = status
  const activity = active ? 'active' : 'not active yet'
  const led = leader === undefined ? '' : `, led by ${leader}`
  const rows = status.members.map((member) => [
    `${member.node}#${member.joined}`,
    String(member.id),
    member.state,
    String(member.votes),
    member.address,
  ])
  const table = formatTable(['NODE', 'ID', 'STATE', 'VOTES', 'ADDRESS'], rows, paint.bold)
  return `${table}\n${paint.dim(`view ${epoch}, ${activity}${led}; asked ${node}, which is ${state}`)}`
}
