/** Every lock, as holders and masters see it and as the model does, as lines of text. */
import type { LockMode, LockRange, ResourceName } from '../../src/messages.ts'
import type { Process } from '../harness/cluster.ts'
import type { ReferenceTable } from './reference-table.ts'
import type { Lock } from './rules.ts'
import { allOfIt, separator } from './rules.ts'
import { rangeInWords } from './words.ts'

export function engineTables(processes: readonly Process[]): readonly string[] {
  const held = processes.flatMap(({ engine }) => engine.held())
  const mastered = processes.flatMap(({ engine }) => engine.locks(1_000))
  const atHolders = held.map(({ resource, session, lock, owner, orphan, ...state }) => {
    const who = `${keyOf(resource)} ${session}.${lock} ${owner}${orphan ? ' orphan' : ''}`
    return `${who} ${stateInWords(state.granted, state.range, state.wanted)}`
  })
  const atMasters = mastered.map(({ resource, session, lock, queue, granted, wanted }) => {
    return `${keyOf(resource)} ${session}.${lock} ${queue} ${granted} ${wanted}`
  })
  return [...atHolders, ...atMasters].sort()
}

export function modelTables({ locks }: ReferenceTable): readonly string[] {
  const atHolders = locks.map(({ resource, session, number, owner, orphan, ...lock }) => {
    const who = `${resource} ${session}.${number} ${owner}${orphan ? ' orphan' : ''}`
    return `${who} ${stateInWords(lock.granted, lock.range, lock.pending?.asked.mode)}`
  })
  const atMasters = locks.map((lock) => {
    const { resource, session, number, granted, pending } = lock
    return `${resource} ${session}.${number} ${queueOf(lock)} ${granted} ${pending?.asked.mode}`
  })
  return [...atHolders, ...atMasters].sort()
}

function keyOf({ space, path = [], name }: ResourceName): string {
  return [space, ...path, name].join(separator)
}

function queueOf({ granted, pending }: Lock): string {
  if (granted === undefined) return 'waiting'
  return pending === undefined ? 'granted' : 'converting'
}

/** What a converting lock may rely on until then is its holder's business. */
function stateInWords(
  granted: LockMode | undefined,
  range: LockRange = allOfIt,
  wanted: LockMode | undefined = undefined,
): string {
  return wanted === undefined ? `${granted} ${rangeInWords(range)}` : `wants ${wanted}`
}
