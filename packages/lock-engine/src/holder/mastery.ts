import type { NodeId } from '@holdfast/primitives'
import type { DirectoryMessage } from '../lock-messages.ts'
import type { Mastery } from '../view.ts'
import type { KnownResource } from './lock.ts'

export type DirectoryAnswer = Extract<
  DirectoryMessage,
  { readonly kind: 'master-is' | 'appointed' }
>

/** Who the master is, according to the directory. */
export function masteryIn(answer: DirectoryAnswer, self: NodeId): Mastery {
  if (answer.kind === 'appointed') return { master: self, takenOver: 0 }
  return { master: answer.master, takenOver: answer.takenOver }
}

/** Who answers a request or a conversion is the master. */
export function learnMaster(resource: KnownResource, mastery: Mastery): void {
  resource.lookups = 0
  resource.mastery ??= mastery
}
