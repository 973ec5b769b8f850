import type { LockMode } from '@holdfast/lock-engine/messages'
import type { Belief, GrantFact, InstalledFact, PowerFact, Process } from '../../src/facts.ts'

/** Facts made up by hand, for histories that no good cluster would write. */
export function process(node: string, start = 1): Process {
  return { node, incarnation: `${node}-${start}` }
}

let lastLock = 0

export function belief(client: string, given: Partial<Belief> = {}): Belief {
  lastLock += 1
  return {
    client,
    lock: lastLock,
    resource: 'a/r',
    owner: undefined,
    trust: { until: 1_000_000 },
    mode: undefined,
    range: undefined,
    ...given,
  }
}

/** The client is granted the mode, and believes it. */
export function grant(
  to: Belief,
  mode: LockMode,
  given: Partial<Omit<GrantFact, 'belief'>> = {},
): GrantFact {
  const before = to.mode
  to.mode = mode
  const what = { before, token: undefined, value: undefined, adopted: false }
  return { at: 100, calledAt: 90, belief: to, ...what, ...given }
}

export function installed(
  on: Process,
  epoch: number,
  members: readonly (Process & { joined?: number })[],
): InstalledFact {
  const facts = members.map((member) => ({ id: idOf(member), joined: 1, ...member }))
  const content = facts.map(({ node, incarnation }) => `${node}/${incarnation}`).join()
  return { at: epoch * 100, process: on, epoch, members: facts, content }
}

export function power(
  on: Process,
  epoch: number,
  given: { at: number; until: number; takesOver?: boolean; members?: readonly Process[] },
): PowerFact {
  const { at, until, takesOver = true, members = [on] } = given
  return {
    at,
    process: on,
    epoch,
    members: members.map((member) => ({ ...member, id: idOf(member), joined: 1 })),
    mayContinueUntil: until,
    mayTakeOverUntil: takesOver ? until : at,
  }
}

/** The node n3 has the number 3. */
function idOf({ node }: Process): number {
  return Number(node.slice(1))
}
