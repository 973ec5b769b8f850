/** Every lock, as its holder sees it and as the model does, as lines of text. */
import type { LockMode } from '../../src/messages.ts'
import type { Process } from '../harness/cluster.ts'
import type { ReferenceTable } from './reference-table.ts'
import { separator } from './rules.ts'

export function engineTable(processes: readonly Process[]): readonly string[] {
  return processes
    .flatMap(({ engine }) => engine.held())
    .map(({ resource, session, lock, granted, wanted }) => {
      const names = [resource.space, resource.name].join(separator)
      return `${names} ${session}.${lock} ${stateInWords(granted, wanted)}`
    })
    .sort()
}

export function modelTable({ locks }: ReferenceTable): readonly string[] {
  return locks
    .filter(({ orphan }) => !orphan)
    .map(({ resource, session, number, granted, pending }) => {
      return `${resource} ${session}.${number} ${stateInWords(granted, pending?.asked.mode)}`
    })
    .sort()
}

/** What a converting lock may rely on is its holder's business. */
function stateInWords(granted: LockMode | undefined, wanted: LockMode | undefined): string {
  return wanted === undefined ? (granted ?? '') : `wants ${wanted}`
}
