import type { NodeId } from '@holdfast/primitives'
import type { ResourceKey } from '../resource-key.ts'

/** A tree that is to go from one master to another. */
export interface Move {
  /** The key of its root. */
  readonly key: ResourceKey
  readonly from: NodeId
  readonly to: NodeId
}

/** As a note of an agreed view. */
export function noteOf({ key, from, to }: Move): string {
  return `move ${from} ${to} ${key}`
}

/** What a note says; nothing for a note of another kind, to which every node then pays no attention. */
export function moveIn(note: string): Move | undefined {
  const [, from, to, key] = /^move (\d{1,15}) (\d{1,15}) (.+)$/s.exec(note) ?? []
  if (from === undefined || to === undefined || key === undefined) return undefined
  return { key, from: Number(from), to: Number(to) }
}
