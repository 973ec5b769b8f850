import { isNodeName, type NodeName } from '@holdfast/primitives'
import { z } from 'zod'
import type { Ballot } from './ballot.ts'
import type { AcceptedView } from './messages.ts'
import type { View } from './view.ts'
import { acceptedSchema, ballotSchema, viewSchema } from './view-schema.ts'

/**
 * What a voter must find again after a restart. It replaces the record before it atomically, and is
 * on the disk before any message that reveals it leaves (otherwise a restarted voter contradicts
 * itself, and two views can be decided for one epoch).
 */
export interface DurableRecord {
  readonly format: 1
  readonly cluster: string
  readonly node: NodeName
  /** Made with the disk. A lost disk has another one, and is no voter until a view admits it. */
  readonly storageId: string
  readonly promised?: Ballot
  readonly accepted?: AcceptedView
  /** The newest decided view. */
  readonly view?: View
}

const recordSchema: z.ZodType<DurableRecord> = z.strictObject({
  format: z.literal(1),
  cluster: z.string(),
  node: z.string().refine(isNodeName),
  storageId: z.string().min(1).max(64),
  promised: ballotSchema.exactOptional(),
  accepted: acceptedSchema.exactOptional(),
  view: viewSchema.exactOptional(),
})

export type LoadedRecord =
  | { readonly kind: 'none' }
  | { readonly kind: 'record'; readonly record: DurableRecord }
  | { readonly kind: 'refused'; readonly reason: string }

/** Checks what the disk gave back. Never throws. */
export function loadRecord(value: unknown, cluster: string, node: NodeName): LoadedRecord {
  if (value === undefined) return { kind: 'none' }
  const format = typeof value === 'object' && value !== null && 'format' in value && value.format
  if (typeof format === 'number' && format > 1) {
    return { kind: 'refused', reason: `the record has format ${format}; this version reads 1` }
  }
  const parsed = recordSchema.safeParse(value)
  if (!parsed.success) {
    return { kind: 'refused', reason: 'the record is damaged; it will not be voted from' }
  }
  const record = parsed.data
  if (record.cluster !== cluster) {
    return { kind: 'refused', reason: `the record is of cluster ${record.cluster}, not ${cluster}` }
  }
  if (record.node !== node) {
    return { kind: 'refused', reason: `the record is of node ${record.node}, not ${node}` }
  }
  return { kind: 'record', record }
}
