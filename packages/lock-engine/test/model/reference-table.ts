/**
 * The lock rules in their most naive form: one list of all locks, scanned again for every question.
 * Written from the rules of the Linux dlm (its grant test in its order) and the value block table.
 */
import type { LockCall } from '../../src/index.ts'
import type { LockMode, Outcome } from '../../src/messages.ts'
import { classOf, mayShare, valueCell } from '../harness/specification.ts'

export interface ModelEvent {
  readonly session: number
  readonly call: number
  readonly outcome: Outcome
  readonly mode?: LockMode
  /** What the caller must see; a star where the rules leave the bytes open. */
  readonly value?: { readonly text: string; readonly valid: boolean }
}

export interface Entry {
  readonly session: number
  readonly lock: number
  readonly resource: string
  readonly notify: boolean
  granted?: LockMode | undefined
  /** Whether the value was valid when its holder last heard of it. */
  heardValid?: boolean
  pending?: Pending | undefined
}

interface Pending {
  readonly call: number
  readonly mode: LockMode
  readonly useValue: boolean
  readonly text: string
  readonly queueFair: boolean
  /** Rises with each arrival in a queue. */
  readonly place: number
}

interface Value {
  text: string
  valid: boolean
}

export class ReferenceTable {
  entries: Entry[] = []
  events: ModelEvent[] = []
  readonly values = new Map<string, Value>()
  #arrivals = 0

  call(session: number, call: LockCall): void {
    const entry = this.entries.find((one) => one.session === session && one.lock === call.lock)
    if (call.kind === 'request') this.#request(session, call)
    else if (entry === undefined) {
      this.#say(session, call.call, call.kind === 'cancel' ? 'nothing-to-cancel' : 'refused')
    } else if (call.kind === 'convert') this.#convert(entry, call)
    else if (call.kind === 'unlock') this.#unlock(entry, call)
    else this.#cancel(entry, call.call)
  }

  close(session: number): void {
    const gone = this.entries.filter((entry) => entry.session === session)
    this.entries = this.entries.filter((entry) => entry.session !== session)
    for (const { resource, granted } of gone) {
      if (granted === 'PW' || granted === 'EX') this.#valueOf(resource).valid = false
    }
    for (const { resource } of gone) this.#pass(resource)
  }

  holders(resource: string): Entry[] {
    return this.entries.filter((entry) => entry.resource === resource && entry.granted)
  }

  /** Converting locks, or waiting ones, in order of arrival. */
  queue(resource: string, kind: 'converting' | 'waiting'): Entry[] {
    return this.entries
      .filter((entry) => entry.resource === resource && entry.pending !== undefined)
      .filter((entry) => (entry.granted === undefined) === (kind === 'waiting'))
      .sort((a, b) => (a.pending?.place ?? 0) - (b.pending?.place ?? 0))
  }

  #request(session: number, call: Extract<LockCall, { kind: 'request' }>): void {
    const { lock, notify, mode, useValue } = call
    const resource = `${call.resource.space}/${call.resource.name}`
    const pending = this.#pend({ call: call.call, mode, useValue, text: '', queueFair: false })
    const entry: Entry = { session, lock, resource, notify, pending }
    const isFree = this.#isQueueEmpty(resource, 'converting', 'waiting')
    this.entries.push(entry)
    if (isFree && this.#fits(entry)) this.#grant(entry)
    else if (call.noQueue) {
      this.entries = this.entries.filter((one) => one !== entry)
      this.#say(session, call.call, 'denied')
    }
  }

  #convert(entry: Entry, call: Extract<LockCall, { kind: 'convert' }>): void {
    const { session, resource, granted } = entry
    const text = call.value === undefined ? '' : new TextDecoder().decode(call.value)
    if (granted === undefined || entry.pending || !isSense(granted, call)) {
      this.#say(session, call.call, 'refused', granted)
      return
    }
    const others = this.queue(resource, 'converting')
    entry.pending = this.#pend({ ...call, text })
    const isTurn = !call.queueFair || others.length === 0
    if (isTurn && this.#fits(entry)) this.#grant(entry)
    else if (call.noQueue) this.#giveUp(entry, 'denied')
    else if (others.some(({ pending }) => pending && !mayShare(granted, pending.mode))) {
      this.#giveUp(entry, 'deadlock')
    }
    this.#pass(resource)
  }

  #unlock(entry: Entry, call: Extract<LockCall, { kind: 'unlock' }>): void {
    const { session, resource, granted, pending } = entry
    const isWriter = granted === 'PW' || granted === 'EX'
    const isAboutValue = call.value !== undefined || call.invalidate === true
    if (isAboutValue && !isWriter && pending === undefined) {
      this.#say(session, call.call, 'refused', granted)
      return
    }
    if (isWriter) {
      const value = this.#valueOf(resource)
      if (call.invalidate) value.valid = false
      else if (call.value !== undefined) {
        Object.assign(value, { text: new TextDecoder().decode(call.value), valid: true })
      }
    }
    this.entries = this.entries.filter((one) => one !== entry)
    if (pending !== undefined) this.#say(session, pending.call, 'unlocked')
    this.#say(session, call.call, 'unlocked')
    this.#pass(resource)
  }

  #cancel(entry: Entry, call: number): void {
    const { session, resource, granted, pending } = entry
    if (pending === undefined) {
      this.#say(session, call, 'nothing-to-cancel', granted)
      return
    }
    if (granted === undefined) this.entries = this.entries.filter((one) => one !== entry)
    this.#giveUp(entry, 'cancelled')
    this.#say(session, call, 'cancelled', granted)
    this.#pass(resource)
  }

  /** Grants all that may be granted, conversions first, each from the head of its queue. */
  #pass(resource: string): void {
    for (;;) {
      const converting = this.queue(resource, 'converting')
      const head = converting[0] ?? this.queue(resource, 'waiting')[0]
      if (head === undefined || !this.#fits(head)) break
      this.#grant(head)
    }
    if (this.entries.every((entry) => entry.resource !== resource)) this.values.delete(resource)
  }

  #fits(entry: Entry): boolean {
    const wanted = entry.pending?.mode ?? 'NL'
    return this.holders(entry.resource).every(
      (other) => other === entry || mayShare(other.granted ?? 'NL', wanted),
    )
  }

  #grant(entry: Entry): void {
    const { pending, granted, session, resource } = entry
    if (pending === undefined) return
    const cell = valueCell(granted ?? 'none', pending.mode)
    const value = this.#valueOf(resource)
    if (cell === 'W' && pending.useValue) Object.assign(value, { text: pending.text, valid: true })
    // A conversion downwards does not wait for the master: its holder knows what it last heard.
    const isDown = granted !== undefined && classOf(granted, pending.mode) === 'down'
    const valid = isDown && cell === '-' ? (entry.heardValid ?? true) : value.valid
    const seen = { text: cell === '-' ? '*' : value.text, valid }
    Object.assign(entry, { granted: pending.mode, pending: undefined, heardValid: valid })
    const told = pending.useValue ? { value: seen } : {}
    this.events.push({
      session,
      call: pending.call,
      outcome: 'granted',
      mode: pending.mode,
      ...told,
    })
  }

  #giveUp(entry: Entry, outcome: Outcome): void {
    if (entry.pending) this.#say(entry.session, entry.pending.call, outcome, entry.granted)
    entry.pending = undefined
  }

  #isQueueEmpty(resource: string, ...kinds: readonly ('converting' | 'waiting')[]): boolean {
    return kinds.every((kind) => this.queue(resource, kind).length === 0)
  }

  #pend(given: Omit<Pending, 'place'>): Pending {
    this.#arrivals += 1
    const { call, mode, useValue, text, queueFair } = given
    return { call, mode, useValue, text, queueFair, place: this.#arrivals }
  }

  #valueOf(resource: string): Value {
    const value = this.values.get(resource) ?? { text: '', valid: true }
    this.values.set(resource, value)
    return value
  }

  #say(session: number, call: number, outcome: Outcome, mode?: LockMode): void {
    this.events.push({ session, call, outcome, ...(mode === undefined ? {} : { mode }) })
  }
}

/**
 * A fair conversion goes up or sideways; what the table lets write must bring
 * bytes, and nothing else may.
 */
function isSense(granted: LockMode, call: Extract<LockCall, { kind: 'convert' }>): boolean {
  const kind = classOf(granted, call.mode)
  if (call.queueFair && (kind === 'down' || kind === 'same')) return false
  const writes = call.useValue && valueCell(granted, call.mode) === 'W'
  return writes === (call.value !== undefined)
}
