/**
 * The messages between engines as zod schemas: the schema of record for the checked decoders, which
 * are tables for speed.
 */
import { z } from 'zod'

const uint = z.int().min(0)
const flag = z.boolean()
const mode = z.enum(['NL', 'CR', 'CW', 'PR', 'PW', 'EX'])
const flags = z
  .int()
  .min(0)
  .max(2 ** 19 - 1)
/** Parts behind their lengths: a lockspace, which may be empty, and 1 to 16 names, of bytes. */
const key = z
  .string()
  .max(1024 + 17)
  .refine((text) => {
    const parts: string[] = []
    for (let rest = text; rest !== ''; rest = rest.slice(1 + rest.charCodeAt(0))) {
      parts.push(rest.slice(1, 1 + rest.charCodeAt(0)))
      if (rest.length < 1 + rest.charCodeAt(0)) return false
    }
    const [, ...names] = parts
    const isBytes = [...text].every((character) => character <= '\u00ff')
    return isBytes && names.length >= 1 && names.length <= 16 && !names.includes('')
  })
const unit = z
  .bigint()
  .min(0n)
  .max(2n ** 64n - 1n)
const range = z.strictObject({ start: unit, end: unit }).refine(({ start, end }) => start <= end)
const owner = z.string().max(64)
const priority = z.int().min(0).max(255)
const value = z.instanceof(Uint8Array).refine((bytes) => bytes.length <= 1024)
const token = z
  .bigint()
  .min(0n)
  .max((1n << 63n) - 1n)
const lock = uint
const counter = uint.max(2 ** 40 - 1)
const takenOver = uint

const terms = {
  mode,
  flags,
  range: range.optional(),
  priority: priority.optional(),
  deadlockMs: uint.optional(),
  value: value.optional(),
}

const request = {
  lock,
  session: uint,
  sessionLock: uint,
  key,
  owner: owner.optional(),
  parent: uint.optional(),
  ...terms,
  takenOver,
  ask: uint,
}

const resource = { key, takenOver }

const held = z.strictObject({
  mode,
  range: range.optional(),
  token: token.optional(),
  valid: flag,
  sequence: uint,
})
const formerName = z.strictObject({ holder: uint, lock })

const adopted = z.strictObject({
  from: formerName.optional(),
  owner: owner.optional(),
  priority: priority.optional(),
})

export const lockMessageSchema: z.ZodType = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('lookup'), ...request }),
  z.strictObject({ kind: z.literal('master-is'), lock, master: uint, takenOver }),
  z.strictObject({ kind: z.literal('appointed'), lock, counter }),
  z.strictObject({ kind: z.literal('retire'), key, counter }),
  z.strictObject({ kind: z.literal('retired'), key }),
  z.strictObject({ kind: z.literal('request'), ...request }),
  z.strictObject({
    kind: z.literal('convert'),
    lock,
    takenOver,
    ask: uint,
    ...terms,
  }),
  z.strictObject({
    kind: z.literal('unlock'),
    lock,
    takenOver,
    ask: uint,
    value: value.optional(),
    invalidate: flag,
    ended: flag.optional(),
  }),
  z.strictObject({ kind: z.literal('cancel'), lock, takenOver, ask: uint }),
  z.strictObject({ kind: z.literal('took'), lock, takenOver, ask: uint }),
  z.strictObject({ kind: z.literal('orphan'), lock, takenOver, ask: uint }),
  z.strictObject({
    kind: z.literal('granted'),
    lock,
    ask: uint,
    mode,
    range: range.optional(),
    token: token.optional(),
    value: value.optional(),
    valid: flag,
    sequence: uint,
    demoted: flag.optional(),
    alternate: flag.optional(),
    adopted: adopted.optional(),
    takenOver,
  }),
  z.strictObject({
    kind: z.literal('queued'),
    lock,
    ask: uint,
    order: uint,
    demoted: flag.optional(),
    held: held.optional(),
    takenOver,
  }),
  z.strictObject({
    kind: z.literal('denied'),
    lock,
    ask: uint,
    why: z.enum(['busy', 'deadlock', 'tokens-used-up', 'no-orphan', 'other-orphan']),
    words: z.string().max(4096).optional(),
    demoted: flag.optional(),
    held: held.optional(),
    takenOver,
  }),
  z.strictObject({ kind: z.literal('unlocked'), lock, ask: uint }),
  z.strictObject({
    kind: z.literal('cancel-done'),
    lock,
    ask: uint,
    cancelled: flag,
    demoted: flag.optional(),
    held: held.optional(),
  }),
  z.strictObject({ kind: z.literal('not-master'), lock, ask: uint }),
  z.strictObject({ kind: z.literal('blocking'), lock, mode }),
  z.strictObject({ kind: z.literal('adopted'), lock }),
  z.strictObject({ kind: z.literal('taken'), key, takenOver }),
])

const queued = z.strictObject({ ...terms, order: uint, waitedMs: uint })
const moving = z.strictObject({ ask: uint, mode, range: range.optional(), demote: flag })

const valueRecord = z.strictObject({ bytes: value, sequence: uint, valid: flag })
const ownerRecord = z.strictObject({ holder: uint, lock, done: uint })
const ending = z.strictObject({ value: value.optional(), invalidate: flag })

const lockRecord = z
  .strictObject({
    kind: z.literal('lock'),
    ...resource,
    lock,
    ask: uint,
    session: uint,
    sessionLock: uint,
    flags,
    priority: priority.optional(),
    owner: owner.optional(),
    parent: uint.optional(),
    granted: mode.optional(),
    range: range.optional(),
    token: token.optional(),
    queued: queued.optional(),
    moving: moving.optional(),
    demoted: flag.optional(),
    ending: ending.optional(),
    orphan: flag.optional(),
    adopted: formerName.optional(),
    known: uint,
    copy: valueRecord.optional(),
  })
  // A lock is granted or queued; one that is given up, or on its way, was granted.
  .refine(
    ({ granted, queued, ending: end, moving: way }) =>
      granted !== undefined || (queued !== undefined && end === undefined && way === undefined),
  )

export const transferSchema: z.ZodType = z.discriminatedUnion('kind', [
  lockRecord,
  z.strictObject({
    kind: z.literal('value'),
    ...resource,
    value: valueRecord,
    owners: z.array(ownerRecord).max(64),
  }),
  z.strictObject({
    kind: z.literal('last-word'),
    ...resource,
    lock: uint,
    ending,
    adopted: formerName.optional(),
  }),
  z.strictObject({ kind: z.literal('entry'), ...resource, master: uint, toldIn: uint }),
])
