import { isHalfSure } from './evidence.ts'
import { NOTES_LENGTH_MAX, NOTES_MAX } from './limits.ts'
import type { MessageOf } from './messages.ts'
import { epochOf, isSelfMember, type State, send } from './state.ts'
import { isMember, type ProcessId, type View, type ViewNote } from './view.ts'
import { notesSchema } from './view-schema.ts'

/**
 * Notes: short texts of the layer above that become a part of the agreed view.
 *
 * A proposal is always for the view that follows the proposer's own. So when a view is installed, all
 * that was proposed for it is served or void: whoever misses a text in it proposes it once more, for
 * the next. A late copy of a proposal can therefore not be served twice.
 */
export function onProposeNotes(state: State, texts: readonly string[]): void {
  if (!isSelfMember(state)) return
  if (!notesSchema.safeParse(texts).success) {
    const reason = 'notes beyond their limits'
    state.out.observe({ kind: 'rejected', from: state.self.node, reason })
    return
  }
  state.notesNumber += 1
  state.ownNotes = { number: state.notesNumber, since: epochOf(state), texts }
  sendNotes(state)
  // That there are none any more is said once: notes that nobody wants any more do no harm.
  if (texts.length === 0) state.ownNotes = undefined
}

/** Tells the leader what this process wants the next view to bring; repeated until one brings it. */
export function sendNotes(state: State): void {
  const { ownNotes, leader } = state
  if (ownNotes === undefined || leader === undefined) return
  const { number, texts } = ownNotes
  send(state, leader.node, { kind: 'notes', number, notes: texts })
}

/** Whoever is asked keeps it, also while it does not lead: it may lead again before the next view. */
export function onNotes(state: State, from: ProcessId, message: MessageOf<'notes'>): void {
  const { view } = state.memory
  if (view === undefined || message.epoch !== view.epoch || !isMember(view, from)) return
  const known = state.pendingNotes.get(from.node)
  if (known !== undefined && known.number >= message.number) return
  state.pendingNotes.set(from.node, { number: message.number, texts: message.notes })
}

/** What was proposed for this view is over; the own texts that it does not bring are proposed again. */
export function settleNotes(state: State, view: View): void {
  state.pendingNotes.clear()
  if (bringsNotes(view)) state.notesAt = state.now
  const { ownNotes } = state
  if (ownNotes === undefined) return
  const brought = view.notes.filter(({ epoch }) => epoch > ownNotes.since)
  const texts = ownNotes.texts.filter((text) => !brought.some((note) => note.text === text))
  state.ownNotes = texts.length === 0 ? undefined : { ...ownNotes, texts }
}

export function bringsNotes({ epoch, notes }: View): boolean {
  return notes.some((note) => note.epoch === epoch)
}

/**
 * The notes of the view after `base`: those that a member may have skipped, and those that are new.
 * New ones that find no room wait.
 */
export function notesAfter(state: State, base: View, settled: number): readonly ViewNote[] {
  const notes = base.notes.filter(({ epoch }) => epoch > settled)
  let room = NOTES_LENGTH_MAX - notes.reduce((sum, { text }) => sum + text.length, 0)
  for (const text of inTurn(state)) {
    if (notes.length >= NOTES_MAX || text.length > room) continue
    room -= text.length
    notes.push({ epoch: base.epoch + 1, text })
  }
  return notes
}

/** One text of each member after the other, so that none takes all the room. */
function inTurn(state: State): readonly string[] {
  const nodes = [...state.pendingNotes.keys()].sort()
  const lists = nodes.map((node) => state.pendingNotes.get(node)?.texts ?? [])
  const longest = Math.max(0, ...lists.map((texts) => texts.length))
  const turns: string[] = []
  for (let turn = 0; turn < longest; turn += 1) {
    for (const texts of lists) turns.push(...texts.slice(turn, turn + 1))
  }
  return turns
}

/**
 * A view for notes alone comes only now and then, and only while everybody is heard: what it is about
 * would stand still until a silent member is back or evicted.
 */
export function isTimeForNotes(state: State, base: View): boolean {
  const { notesAt } = state
  if (notesAt !== undefined && state.now - notesAt < state.timing.notesMs) return false
  return state.members.suspects().length === 0 && !isHalfSure(state, base, new Map())
}
