import { type Incarnation, isIncarnation, isNodeName, type NodeName } from '@holdfast/primitives'
import { z } from 'zod'
import type { Ballot } from './ballot.ts'
import {
  ADDRESS_LENGTH_MAX,
  GHOSTS_MAX,
  MEMBERS_MAX,
  NAMES_MAX,
  NOTE_LENGTH_MAX,
  NOTES_LENGTH_MAX,
  NOTES_MAX,
  REASON_LENGTH_MAX,
  ROUND_MAX,
  VOTERS_MAX,
  VOTES_MAX,
  WEIGHT_MAX,
} from './limits.ts'
import type { AcceptedView } from './messages.ts'
import type { Ghost, View, ViewMember, ViewNote, ViewVoter } from './view.ts'

export const nodeSchema: z.ZodType<NodeName> = z.string().max(64).refine(isNodeName)
export const incarnationSchema: z.ZodType<Incarnation> = z.string().max(16).refine(isIncarnation)
export const epochSchema: z.ZodType<number> = z.number().int().min(0).max(ROUND_MAX)
export const addressSchema: z.ZodType<string> = z.string().max(ADDRESS_LENGTH_MAX)
export const votesSchema: z.ZodType<number> = z.number().int().min(0).max(VOTES_MAX)
export const weightSchema: z.ZodType<number> = z.number().int().min(0).max(WEIGHT_MAX)
export const idSchema: z.ZodType<string> = z.string().min(1).max(64)

export const ballotSchema: z.ZodType<Ballot> = z.strictObject({
  round: z.number().int().min(1).max(ROUND_MAX),
  node: nodeSchema,
})

const memberSchema: z.ZodType<ViewMember> = z.strictObject({
  node: nodeSchema,
  id: z.number().int().min(1),
  incarnation: incarnationSchema,
  joined: epochSchema,
  address: addressSchema,
  votes: votesSchema,
  storageId: idSchema.exactOptional(),
  weight: weightSchema,
  leaving: z.boolean(),
})

const voterSchema: z.ZodType<ViewVoter> = z.strictObject({
  node: nodeSchema,
  storageId: idSchema,
  votes: z.number().int().min(1).max(VOTES_MAX),
  address: addressSchema,
})

const ghostSchema: z.ZodType<Ghost> = z.strictObject({
  node: nodeSchema,
  incarnation: incarnationSchema,
})

/** Text that comes out of every codec as it went in: a lone surrogate would not. */
const noteSchema: z.ZodType<string> = z
  .string()
  .min(1)
  .max(NOTE_LENGTH_MAX)
  .refine((text) => text.isWellFormed())

/** What one member may propose at once, and in total also what one view may hold. */
export const notesSchema: z.ZodType<readonly string[]> = z
  .array(noteSchema)
  .max(NOTES_MAX)
  .refine(fitsTogether)

const viewNoteSchema: z.ZodType<ViewNote> = z.strictObject({ epoch: epochSchema, text: noteSchema })

function fitsTogether(texts: readonly string[]): boolean {
  return texts.reduce((sum, text) => sum + text.length, 0) <= NOTES_LENGTH_MAX
}

function hasUniqueNodes(items: readonly { readonly node: NodeName }[]): boolean {
  return new Set(items.map((item) => item.node)).size === items.length
}

/** Every note was brought after the view that is known to be settled; the oldest comes first. */
function hasItsNotes({ epoch, settled, notes }: View): boolean {
  let least = settled + 1
  for (const note of notes) {
    if (note.epoch < least || note.epoch > epoch) return false
    least = note.epoch
  }
  return fitsTogether(notes.map(({ text }) => text))
}

export const viewSchema: z.ZodType<View> = z
  .strictObject({
    clusterId: idSchema,
    epoch: epochSchema.refine((epoch) => epoch >= 1),
    settled: epochSchema,
    members: z.array(memberSchema).max(MEMBERS_MAX).refine(hasUniqueNodes),
    voters: z.array(voterSchema).min(1).max(VOTERS_MAX).refine(hasUniqueNodes),
    tieBreaker: nodeSchema.exactOptional(),
    ghosts: z.array(ghostSchema).max(GHOSTS_MAX),
    names: z
      .array(z.strictObject({ node: nodeSchema, id: z.number().int().min(1) }))
      .max(NAMES_MAX)
      .refine(hasUniqueNodes),
    lastId: z.number().int().min(0),
    notes: z.array(viewNoteSchema).max(NOTES_MAX),
    reason: z.string().max(REASON_LENGTH_MAX),
  })
  .refine(hasItsNotes)

export const acceptedSchema: z.ZodType<AcceptedView> = z.strictObject({
  ballot: ballotSchema,
  view: viewSchema,
})
