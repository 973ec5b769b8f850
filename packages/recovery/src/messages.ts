import type { Epoch } from '@holdfast/primitives'
import { z } from 'zod'

/** What the recovery coordinators say to each other, over the link: in order, exactly once. */
export type RecoveryMessage =
  /** Part of what the sender's tables hold for the receiver in that view. */
  | { readonly kind: 'transfer'; readonly epoch: Epoch; readonly records: readonly unknown[] }
  /** The sender has installed the view, and all its transfers to the receiver came before this. */
  | { readonly kind: 'rebuilt'; readonly epoch: Epoch }
  /** To members that hand over: the sender has opened what it took over in that view. */
  | { readonly kind: 'opened'; readonly epoch: Epoch }

/**
 * Transfers in one message at most, and so the bytes of the largest: a record of the lock engine has
 * up to 6.5 KiB, a frame 64 KiB. A message that is larger than a frame would stop its link for good.
 */
export const transferRecordsMax = 8

const epoch = z.number().int().min(1)

const schema: z.ZodType<RecoveryMessage> = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('transfer'),
    epoch,
    records: z.array(z.unknown()).min(1).max(transferRecordsMax),
  }),
  z.strictObject({ kind: z.literal('rebuilt'), epoch }),
  z.strictObject({ kind: z.literal('opened'), epoch }),
])

const kinds: ReadonlySet<unknown> = new Set(['transfer', 'rebuilt', 'opened'])

/** Whether a link message is meant for recovery; says nothing about its being well-formed. */
export function isForRecovery(message: unknown): boolean {
  return kinds.has((message as { kind?: unknown } | undefined | null)?.kind)
}

/** The message, or `undefined` when it is not one. */
export function decodeRecoveryMessage(message: unknown): RecoveryMessage | undefined {
  const parsed = schema.safeParse(message)
  return parsed.success ? parsed.data : undefined
}
