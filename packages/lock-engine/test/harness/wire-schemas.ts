/**
 * The messages between engines as zod schemas: the schema of record for the checked decoders, which
 * are tables for speed.
 */
import { z } from 'zod'

const uint = z.int().min(0)
const flag = z.boolean()
const mode = z.enum(['NL', 'CR', 'CW', 'PR', 'PW', 'EX'])
const hasNoNul = (text: string): boolean => !text.includes('\u0000')
const space = z.string().max(64).refine(hasNoNul)
const name = z.string().max(255).refine(hasNoNul)
const value = z.instanceof(Uint8Array).refine((bytes) => bytes.length <= 1024)
const token = z
  .bigint()
  .min(0n)
  .max((1n << 63n) - 1n)
const lock = uint
const takenOver = uint

const request = {
  lock,
  session: uint,
  space,
  name,
  mode,
  noQueue: flag,
  useValue: flag,
  notify: flag,
  takenOver,
  ask: uint,
}

const resource = { space, name, takenOver }

export const lockMessageSchema: z.ZodType = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('lookup'), ...request }),
  z.strictObject({ kind: z.literal('master-is'), lock, master: uint, takenOver }),
  z.strictObject({ kind: z.literal('appointed'), lock, counter: uint }),
  z.strictObject({ kind: z.literal('retire'), space, name, counter: uint }),
  z.strictObject({ kind: z.literal('retired'), space, name }),
  z.strictObject({ kind: z.literal('request'), ...request }),
  z.strictObject({
    kind: z.literal('convert'),
    lock,
    takenOver,
    ask: uint,
    mode,
    noQueue: flag,
    queueFair: flag,
    useValue: flag,
    value: value.optional(),
  }),
  z.strictObject({
    kind: z.literal('unlock'),
    lock,
    takenOver,
    ask: uint,
    value: value.optional(),
    invalidate: flag,
  }),
  z.strictObject({ kind: z.literal('cancel'), lock, takenOver, ask: uint }),
  z.strictObject({
    kind: z.literal('granted'),
    lock,
    ask: uint,
    mode,
    token: token.optional(),
    value: value.optional(),
    valid: flag,
    sequence: uint,
    takenOver,
  }),
  z.strictObject({ kind: z.literal('queued'), lock, ask: uint, order: uint, takenOver }),
  z.strictObject({
    kind: z.literal('denied'),
    lock,
    ask: uint,
    why: z.enum(['busy', 'deadlock', 'tokens-used-up']),
    takenOver,
  }),
  z.strictObject({ kind: z.literal('unlocked'), lock, ask: uint }),
  z.strictObject({ kind: z.literal('cancel-done'), lock, ask: uint, cancelled: flag }),
  z.strictObject({ kind: z.literal('not-master'), lock, ask: uint }),
  z.strictObject({ kind: z.literal('blocking'), lock, mode }),
])

const queued = z.strictObject({
  mode,
  order: uint,
  queueFair: flag,
  useValue: flag,
  value: value.optional(),
})

const valueRecord = z.strictObject({ bytes: value, sequence: uint, valid: flag })
const owner = z.strictObject({ holder: uint, lock })
const ending = z.strictObject({ value: value.optional(), invalidate: flag })

const lockRecord = z
  .strictObject({
    kind: z.literal('lock'),
    ...resource,
    lock,
    ask: uint,
    session: uint,
    notify: flag,
    granted: mode.optional(),
    token: token.optional(),
    queued: queued.optional(),
    sideways: mode.optional(),
    ending: ending.optional(),
    known: uint,
    copy: valueRecord.optional(),
  })
  // A lock is granted or queued; one that is given up, or goes sideways, was granted.
  .refine(
    ({ granted, queued, ending: end, sideways }) =>
      granted !== undefined ||
      (queued !== undefined && end === undefined && sideways === undefined),
  )

export const transferSchema: z.ZodType = z.discriminatedUnion('kind', [
  lockRecord,
  z.strictObject({
    kind: z.literal('value'),
    ...resource,
    value: valueRecord,
    owner: owner.optional(),
  }),
  z.strictObject({ kind: z.literal('last-word'), ...resource, lock: uint, ending }),
  z.strictObject({ kind: z.literal('entry'), ...resource, master: uint, toldIn: uint }),
])
