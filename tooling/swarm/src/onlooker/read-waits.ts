/** Who waits for whom at one master, read from its tables: by the rules of `calls.md`, and apart from the engine. */
import type { EngineLockReport } from '@holdfast/lock-engine'
import type { LockMode, LockRange } from '@holdfast/lock-engine/messages'
import type { Incarnation, NodeId } from '@holdfast/primitives'
import { areCompatible } from '../checkers/lock-modes.ts'
import type { BlockerFact, WaitFact } from '../facts.ts'
import { overlap } from '../parts.ts'
import { pathKey } from '../path-key.ts'
import type { WorldNode } from '../world-node.ts'
import type { KnownLock, KnownLocks } from './known-locks.ts'

/** More than any world has. */
const LOCKS_MAX = 10_000

interface Seen {
  readonly report: EngineLockReport
  readonly known: KnownLock
}

export function readWaits(node: WorldNode, locks: KnownLocks): readonly WaitFact[] {
  const { machine } = node
  const view = machine?.view
  if (machine === undefined || view === undefined) return []
  const reports = machine.engine.locks(LOCKS_MAX)
  if (!reports.some(({ queue }) => queue !== 'granted')) return []
  const processes = new Map<NodeId, Incarnation>()
  for (const { id, incarnation } of view.members) processes.set(id, incarnation)
  const byResource = new Map<string, Seen[]>()
  for (const report of reports) {
    const incarnation = processes.get(report.holder)
    if (incarnation === undefined) continue
    const known = locks.get(incarnation, report.session, report.lock)
    if (known === undefined) continue
    const key = pathKey(report.resource)
    const others = byResource.get(key)
    if (others === undefined) byResource.set(key, [{ report, known }])
    else others.push({ report, known })
  }
  const waits: WaitFact[] = []
  for (const queue of byResource.values()) {
    queue.forEach((seen, place) => {
      const wait = waitOf(seen, queue, place)
      if (wait !== undefined) waits.push(wait)
    })
  }
  return waits
}

function waitOf(
  { report, known }: Seen,
  all: readonly Seen[],
  place: number,
): WaitFact | undefined {
  const { queue, wanted } = report
  const { pending, party, key } = known
  if (queue === 'granted' || wanted === undefined || pending === undefined) return undefined
  if (pending.kind === 'adopt') return undefined
  const modes = [wanted]
  if (pending.alternatePR === true && wanted !== 'PR') modes.push('PR')
  else if (pending.alternateCW === true && wanted !== 'CW') modes.push('CW')
  const range = pending.range ?? known.range
  const want = { modes, range, known, anyOrder: pending.anyOrder === true }
  const blockers: BlockerFact[] = []
  all.forEach((other, otherPlace) => {
    if (other.known === known) return
    const blocker = blockerOf(want, other, { queue, isBefore: otherPlace < place })
    if (blocker !== undefined) blockers.push(blocker)
  })
  const searched = pending.noDeadlockWait !== true
  return { key, call: pending.call, party, searched, blockers }
}

interface Want {
  readonly modes: readonly LockMode[]
  readonly range: LockRange | undefined
  readonly known: KnownLock
  readonly anyOrder: boolean
}

function blockerOf(
  { modes, range, known: waiter, anyOrder }: Want,
  { report, known }: Seen,
  place: { readonly queue: 'converting' | 'waiting'; readonly isBefore: boolean },
): BlockerFact | undefined {
  const { key, party, shielded, owner, pending } = known
  const { granted, queue } = report
  const state = `${queue} ${granted} ${report.wanted}`
  const blocker = { key, party, state }
  const comesFirst =
    !anyOrder &&
    place.isBefore &&
    queue !== 'granted' &&
    (place.queue === 'waiting' || queue === 'converting')
  if (comesFirst) return { ...blocker, certain: !shielded }
  if (granted === undefined || (owner !== undefined && owner === waiter.owner)) return undefined
  if (modes.some((mode) => areCompatible(granted, mode))) return undefined
  // Which part it has is not certain while the answer to a conversion is on its way.
  const moves = queue === 'granted' && pending !== undefined && pending.kind !== 'adopt'
  const parts = moves ? [known.range, pending.range ?? known.range] : [known.range]
  const hits = parts.filter((part) => overlap(part, range)).length
  if (hits === 0) return undefined
  return { ...blocker, certain: !shielded && hits === parts.length }
}
