/**
 * The ways in which each check is played. Sessions, in the order of the text, live on nodes 1, 2 and 3
 * in turn; node 4 is nobody's. The master of a name is its first user, except where an anchor, a lock
 * in NL of a session that is not in the text, came before. An anchor keeps a resource and its value
 * alive; `no anchor` in a text has it leave as soon as the first lock of the text was asked for, and
 * resources of another lockspace than the default one have none.
 */
import type { NodeId } from '@holdfast/primitives'
import type { Tag } from './language.ts'

export interface Run {
  readonly name: string
  /** Without those of sessions that live apart. */
  readonly nodes: number
  /** Where the sessions of the text live, in turn. */
  readonly homes: readonly NodeId[]
  readonly directory: NodeId
  readonly anchor?: NodeId
  /** Which node dies in the middle of the text. */
  readonly dies?: NodeId
  /** Which node is on its way out of the cluster from then on, and hands over what it masters. */
  readonly leaves?: NodeId
}

const homes = [1, 2, 3]

const quiet: readonly Run[] = [
  { name: 'on one node', nodes: 1, homes: [1], directory: 1 },
  { name: 'mastered by the first session', nodes: 4, homes, directory: 1 },
  { name: 'mastered elsewhere', nodes: 4, homes, directory: 4, anchor: 4 },
  { name: 'indexed elsewhere', nodes: 4, homes, directory: 4 },
]

const withRecovery: readonly Run[] = [
  { name: 'on one node, a bystander dies', nodes: 2, homes: [1], directory: 1, dies: 2 },
  {
    name: 'mastered by the first session, a bystander dies',
    nodes: 4,
    homes,
    directory: 1,
    dies: 4,
  },
  { name: 'the master dies', nodes: 4, homes, directory: 4, anchor: 4, dies: 4 },
  { name: 'the master leaves', nodes: 4, homes, directory: 4, anchor: 4, leaves: 4 },
  { name: 'the directory dies', nodes: 4, homes, directory: 4, dies: 4 },
]

export const runs: readonly Run[] = [...quiet, ...withRecovery]

export function isInRun(tag: Tag, { anchor, dies, leaves }: Run): boolean {
  const isLost = anchor !== undefined && anchor === dies
  const isRemastered = isLost || (anchor !== undefined && anchor === leaves)
  switch (tag) {
    case 'lost':
      return isLost
    case 'saved':
      return !isLost
    case 'remastered':
      return isRemastered
    case 'kept':
      return !isRemastered
  }
}
