/**
 * Two kinds of events have a list that may be longer than a frame: the locks of a report, and the
 * other locks that one unlock or cancel ended. Such an event travels in pieces, each a whole event
 * with a part of the list, and is put together again before anybody sees it.
 */
import type { SessionEvent } from '@holdfast/lock-engine/messages'

/** Locks or numbers in one piece, at most. */
const PIECE_MAX = { report: 64, completion: 1_024 } as const
/** The same in a whole event, all pieces together. */
const WHOLE_MAX = 65_536

/** The event in pieces that fit, in order; the event itself when it fits as it is. */
export function piecesOf(
  event: SessionEvent,
  fits: (event: SessionEvent) => boolean,
): readonly SessionEvent[] {
  const list = listOf(event)
  if (list === undefined || list.length <= 1) return [event]
  const max = event.kind === 'report' ? PIECE_MAX.report : PIECE_MAX.completion
  if (list.length <= max && fits(event)) return [event]
  const half = Math.ceil(list.length / 2)
  return [
    ...piecesOf(withList(event, list.slice(0, half)), fits),
    ...piecesOf(withList(event, list.slice(half)), fits),
  ]
}

/** Puts pieces together, one event after the other. */
export class Joiner {
  #first: SessionEvent | undefined
  #list: unknown[] = []

  /** Takes a piece that is not the last; false when it belongs to no event. */
  add(piece: SessionEvent): boolean {
    const list = listOf(piece)
    if (list === undefined || !this.#continues(piece)) return false
    this.#first ??= piece
    for (const item of list) this.#list.push(item)
    return this.#list.length <= WHOLE_MAX
  }

  /** The whole event that ends with this piece; `undefined` when the piece does not belong. */
  end(piece: SessionEvent): SessionEvent | undefined {
    const first = this.#first
    if (first === undefined) return piece
    if (!this.#continues(piece)) return undefined
    const whole = withList(piece, [...this.#list, ...(listOf(piece) ?? [])])
    this.#first = undefined
    this.#list = []
    return whole
  }

  #continues({ kind, ...piece }: SessionEvent): boolean {
    if (this.#first === undefined) return true
    if (this.#first.kind !== kind || !('call' in piece)) return false
    return 'call' in this.#first && this.#first.call === piece.call
  }
}

function listOf(event: SessionEvent): readonly unknown[] | undefined {
  if (event.kind === 'report') return event.locks
  if (event.kind === 'completion') return event.also
  return undefined
}

function withList(event: SessionEvent, list: readonly unknown[]): SessionEvent {
  const field = event.kind === 'report' ? 'locks' : 'also'
  return { ...event, [field]: list } as SessionEvent
}
