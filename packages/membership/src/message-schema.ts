import { z } from 'zod'
import { isHotMessage } from './hot-messages.ts'
import { CLUSTER_LENGTH_MAX, HEALTH_MAX, MEMBERS_MAX, PROMISES_MAX, VOTERS_MAX } from './limits.ts'
import type { Introduction, MembershipMessage, Outstanding } from './messages.ts'
import {
  acceptedSchema,
  addressSchema,
  ballotSchema,
  epochSchema,
  idSchema,
  incarnationSchema,
  nodeSchema,
  notesSchema,
  viewSchema,
  votesSchema,
  weightSchema,
} from './view-schema.ts'

const envelope = {
  cluster: z.string().min(1).max(CLUSTER_LENGTH_MAX),
  clusterId: idSchema.exactOptional(),
  epoch: epochSchema,
  address: addressSchema,
  storageId: idSchema.exactOptional(),
}

const role = z.enum(['member', 'witness'])
const reason = z.string().max(256)
const peers = z.array(nodeSchema).max(MEMBERS_MAX + VOTERS_MAX)
const counter = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER)
const length = z.number().min(0).max(7_200_000)

const outstandingSchema: z.ZodType<Outstanding> = z.strictObject({
  everyoneMs: length,
  members: z
    .array(z.strictObject({ node: nodeSchema, incarnation: incarnationSchema, ms: length }))
    .max(PROMISES_MAX),
})

const introductionSchema: z.ZodType<Introduction> = z.strictObject({
  role,
  votes: votesSchema,
  weight: weightSchema,
})

const schema: z.ZodType<MembershipMessage> = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('heartbeat'),
    ...envelope,
    sequence: counter,
    active: epochSchema,
    leading: ballotSchema.exactOptional(),
    suspects: peers,
    health: z.number().int().min(0).max(HEALTH_MAX),
  }),
  z.strictObject({
    kind: z.literal('support'),
    ...envelope,
    supported: incarnationSchema,
    echo: counter,
    active: epochSchema,
  }),
  z.strictObject({ kind: z.literal('pre-vote'), ...envelope, ballot: ballotSchema }),
  z.strictObject({ kind: z.literal('pre-vote-granted'), ...envelope, ballot: ballotSchema }),
  z.strictObject({
    kind: z.literal('prepare'),
    ...envelope,
    ballot: ballotSchema,
    founding: z.string().max(64).exactOptional(),
  }),
  z.strictObject({
    kind: z.literal('promise'),
    ...envelope,
    ballot: ballotSchema,
    accepted: acceptedSchema.exactOptional(),
    outstanding: outstandingSchema,
    introduction: introductionSchema,
  }),
  z.strictObject({
    kind: z.literal('propose'),
    ...envelope,
    ballot: ballotSchema,
    view: viewSchema,
  }),
  z.strictObject({
    kind: z.literal('accepted'),
    ...envelope,
    ballot: ballotSchema,
    outstanding: outstandingSchema,
  }),
  z.strictObject({ kind: z.literal('overtaken'), ...envelope, promised: ballotSchema }),
  z.strictObject({
    kind: z.literal('commit'),
    ...envelope,
    ballot: ballotSchema,
    view: viewSchema,
  }),
  z.strictObject({ kind: z.literal('installed'), ...envelope, installed: epochSchema }),
  z.strictObject({ kind: z.literal('activate'), ...envelope, active: epochSchema }),
  z.strictObject({ kind: z.literal('view'), ...envelope, view: viewSchema, active: epochSchema }),
  z.strictObject({ kind: z.literal('behind'), ...envelope }),
  z.strictObject({
    kind: z.literal('join'),
    ...envelope,
    role,
    votes: votesSchema,
    weight: weightSchema,
    settings: z.string().max(64),
    unheard: peers,
  }),
  z.strictObject({
    kind: z.literal('join-answer'),
    ...envelope,
    outcome: z.enum(['ask-leader', 'wait', 'duplicate', 'refused']),
    leader: z.strictObject({ node: nodeSchema, address: addressSchema }).exactOptional(),
    reason,
  }),
  z.strictObject({ kind: z.literal('heard'), ...envelope }),
  z.strictObject({
    kind: z.literal('leave'),
    ...envelope,
    stage: z.enum(['leaving', 'goodbye']),
    permanent: z.boolean(),
  }),
  z.strictObject({
    kind: z.literal('notes'),
    ...envelope,
    number: counter,
    notes: notesSchema,
  }),
  z.strictObject({ kind: z.literal('nominate'), ...envelope }),
])

/** A checked message, or `undefined` for anything else. Never throws. */
export function parseMessage(value: unknown): MembershipMessage | undefined {
  return isHotMessage(value) ? value : parseBySchema(value)
}

/** The rule that all messages are held to. */
export function parseBySchema(value: unknown): MembershipMessage | undefined {
  const parsed = schema.safeParse(value)
  return parsed.success ? parsed.data : undefined
}
