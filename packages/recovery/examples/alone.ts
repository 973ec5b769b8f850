// examples/alone.ts
import { createRecovery, type LockTables, type RecoveryView } from '@holdfast/recovery'

/** The smallest tables there can be: who owns which key. Each key goes to the first eligible member. */
function ownerTables(held: readonly string[], log: (line: string) => void): LockTables {
  const learned = new Set<string>()
  let view: RecoveryView | undefined
  return {
    install(next) {
      view = next
      learned.clear()
      log(`install view ${next.epoch}`)
    },
    transfers() {
      const owner = view?.members.find((member) => member.eligible)
      if (owner === undefined) return []
      return held.map((key) => ({ to: owner.id, record: key }))
    },
    resume: () => log('send pending calls again'),
    accept: (from, record) => {
      learned.add(String(record))
      log(`node ${from} holds ${record}`)
    },
    activate: () => log('free what the dead held'),
    open: () => log(`open ${learned.size} keys`),
  }
}

/** Two survivors rebuild what a third node owned. Returns what happened, line by line. */
export function rebuildTogether(): readonly string[] {
  const lines: string[] = []
  const nodes = [1, 2].map((id) => ({
    id,
    recovery: createRecovery(ownerTables([`key-of-${id}`], (line) => lines.push(`${id}: ${line}`))),
  }))
  const members = nodes.map(({ id }) => ({ id, joined: 1, eligible: true, weight: 1 }))

  for (const { id, recovery } of nodes) {
    const view = { epoch: 2, settled: 1, self: id, members, notes: [] }
    recovery.handle({ kind: 'view-installed', view }, 0)
  }
  for (const { recovery } of nodes) recovery.handle({ kind: 'view-activated', epoch: 2 }, 0)
  for (const from of nodes) {
    for (const output of from.recovery.drain()) {
      if (output.kind !== 'send') continue
      const to = nodes.find(({ id }) => id === output.to)
      to?.recovery.handle({ kind: 'received', from: from.id, message: output.message }, 0)
    }
  }
  return lines
}
