/**
 * The lock rules in their most naive form: one list of all locks, scanned again for every question.
 * Written from `docs/calls.md`. Time stays below `deadlockMs`: there is no deadlock search in it.
 */
import type { LockCall } from '../../src/index.ts'
import type { LockMode, SessionEvent, ValueCopy } from '../../src/messages.ts'
import { modes, valueCell } from '../harness/specification.ts'
import * as rules from './rules.ts'
import { alternateOf, blocks, isWriter, rank } from './rules.ts'

type Lock = rules.Lock
type CallOf<Kind extends LockCall['kind']> = rules.CallOf<Kind>
type Completion = Extract<SessionEvent, { kind: 'completion' }>
type Said = Pick<Completion, 'outcome'> & {
  [Key in keyof Completion]?: Completion[Key] | undefined
}

/** In the model's own, `range` comes with every mode. */
export interface Heard {
  readonly session: number
  readonly event: SessionEvent
}

const emptyValue: ValueCopy = { bytes: new Uint8Array(0), valid: true, sequence: 0 }

export class ReferenceTable {
  /** Oldest first. */
  locks: Lock[] = []
  events: Heard[] = []
  now = 0
  readonly values = new Map<string, ValueCopy>()
  readonly #locksPerSessionMax: number
  #places = 0

  constructor(locksPerSessionMax = 65_536) {
    this.#locksPerSessionMax = locksPerSessionMax
  }

  call(session: number, node: number, call: LockCall | rules.Purge): void {
    if (call.kind === 'purge') this.#purge(session, call)
    else if (call.kind === 'request' || call.kind === 'adopt') this.#enter(session, node, call)
    else this.#change(session, call)
    this.#settle()
  }

  close(session: number): void {
    const own = this.locks.filter((lock) => lock.session === session && !lock.orphan)
    const stays = (lock: Lock): boolean => lock.granted !== undefined && lock.persistent
    const isAbove = (lock: Lock): boolean =>
      this.#below(lock).some((one) => one.orphan || stays(one))
    const staying = own.filter((lock) => stays(lock) || isAbove(lock))
    const held = new Map(own.map((lock) => [lock, lock.granted]))
    for (const lock of waitingFirst(own)) {
      if (!staying.includes(lock)) this.#free(lock, held.get(lock))
      else Object.assign(lock, { pending: undefined, orphan: true, notify: false })
      this.#settle()
    }
    this.events = this.events.filter((heard) => heard.session !== session)
  }

  /** Lets time pass; what is due at an instant ends at that instant. */
  pass(ms: number): void {
    const end = this.now + ms
    for (;;) {
      const dueAt = Math.min(...this.locks.map(({ pending }) => pending?.dueAt ?? Infinity))
      const due = this.locks.find(({ pending }) => pending?.dueAt === dueAt)
      if (due === undefined || dueAt > end) break
      this.now = dueAt
      this.#end(due, 'timed-out')
      this.#settle()
    }
    this.now = end
  }

  find(session: number, number: number | undefined): Lock | undefined {
    const isIt = (lock: Lock): boolean => lock.session === session && lock.number === number
    return this.locks.find((lock) => isIt(lock) && !lock.orphan)
  }

  /** Those that convert, or those that wait, head first. */
  queue(resource: string, kind: 'converting' | 'waiting'): readonly Lock[] {
    return this.locks
      .filter((lock) => lock.resource === resource && lock.pending?.queued)
      .filter((lock) => (lock.granted === undefined) === (kind === 'waiting'))
      .sort((a, b) => placeOf(a) - placeOf(b))
  }

  // --- the calls --------------------------------------------------------------------------------------

  #enter(session: number, node: number, call: CallOf<'request' | 'adopt'>): void {
    const parent = this.find(session, call.parent)
    const isWrong = call.kind === 'request' && rules.isWrongRequest(call)
    const mine = this.locks.filter((lock) => lock.session === session && !lock.orphan)
    const place = { session, node, number: call.lock, parent }
    if (isWrong || rules.isWrongName(call, parent)) this.#say(session, call, { outcome: 'refused' })
    else if (mine.length >= this.#locksPerSessionMax) {
      this.#say(session, call, { outcome: 'refused', code: 'quota' })
    } else if (call.kind === 'adopt') this.#adopt(place, call)
    else this.#request(place, call)
  }

  #request(place: Place, call: CallOf<'request'>): void {
    const { owner, alone = false, notify, range = rules.allOfIt } = call
    const terms = { persistent: false, priority: 128, noDeadlockBlock: false }
    const nothing = { granted: undefined, pending: undefined, seen: emptyValue, told: 0 }
    const resource = rules.resourceOf(call, place.parent)
    const lock = { ...place, resource, owner, alone, notify, range, orphan: false }
    this.locks.push({ ...lock, ...terms, ...nothing })
    this.#arrive(this.locks.at(-1) as Lock, call)
  }

  #adopt(place: Place, call: CallOf<'adopt'>): void {
    const { session, parent } = place
    const resource = rules.resourceOf(call, parent)
    const isOfAnyOwner = call.owner === undefined && parent === undefined
    const orphans = this.locks
      .filter((lock) => lock.orphan && lock.resource === resource)
      .filter(({ owner }) => call.owner === owner || isOfAnyOwner)
    const lock = orphans.find(({ granted }) => granted === call.mode)
    if (lock === undefined) {
      this.#say(session, call, { outcome: orphans.length > 0 ? 'denied' : 'not-found' })
      return
    }
    const { notify, persistent = false } = call
    // Orphans below it stay what they are: they are nobody's children now.
    for (const one of this.locks) if (one.parent === lock) one.parent = undefined
    const fresh = { orphan: false, alone: false, noDeadlockBlock: false, told: 0, seen: emptyValue }
    Object.assign(lock, { ...place, ...fresh, notify, persistent })
    this.locks = [...this.locks.filter((one) => one !== lock), lock]
    this.#look(lock, 'R', call.useValue)
    const value = call.useValue ? lock.seen : undefined
    this.#say(session, call, { outcome: 'granted', ...heldBy(lock), value })
  }

  #change(session: number, call: CallOf<'convert' | 'unlock' | 'cancel'>): void {
    const lock = this.find(session, call.lock)
    if (lock === undefined) {
      const outcome = call.kind === 'cancel' ? 'nothing-to-cancel' : 'refused'
      this.#say(session, call, { outcome })
    } else if (call.kind === 'unlock') this.#unlock(lock, call)
    else if (call.kind === 'cancel') this.#cancel(lock, call)
    else if (!rules.isWrongConversion(call, lock)) this.#arrive(lock, call)
    else this.#say(session, call, { outcome: 'refused', ...heldBy(lock) })
  }

  #unlock(lock: Lock, call: CallOf<'unlock'>): void {
    const { session, granted } = lock
    const below = this.#ownBelow(lock)
    const wrong = rules.wrongInUnlock(call, lock, below.length > 0)
    if (wrong !== undefined) {
      const code = wrong === 'other' ? undefined : wrong
      this.#say(session, call, { outcome: 'refused', ...heldBy(lock), code })
      return
    }
    if (isWriter(granted)) this.#write(lock, call)
    const gone = waitingFirst(call.subtree === 'below' ? below : [...below, lock])
    for (const one of gone) {
      const { pending } = one
      this.locks = this.locks.filter((other) => other !== one)
      if (pending)
        this.#say(session, pending.asked, { outcome: 'unlocked', demoted: pending.demoted })
      this.#settle()
    }
    // Who gave way meanwhile is not told.
    const isGone = (heard: Heard): boolean =>
      heard.session === session &&
      heard.event.kind === 'blocking' &&
      numbers(gone).includes(heard.event.lock)
    this.events = this.events.filter((heard) => !isGone(heard))
    const held = call.subtree === 'below' ? heldBy(lock) : {}
    this.#say(session, call, { outcome: 'unlocked', ...held, also: numbers(below) })
  }

  #cancel(lock: Lock, call: CallOf<'cancel'>): void {
    const reached = call.subtree ? [lock, ...this.#ownBelow(lock)] : [lock]
    const ended: Lock[] = []
    // One after the other: what the end of one lets in is granted before the next is cancelled.
    for (const one of this.locks.filter((other) => reached.includes(other))) {
      if (one.pending === undefined) continue
      this.#end(one, 'cancelled')
      ended.push(one)
      this.#settle()
    }
    const also = numbers(ended.filter((one) => one !== lock))
    const outcome = ended.length > 0 ? 'cancelled' : 'nothing-to-cancel'
    this.#say(lock.session, call, { outcome, ...heldBy(lock), also })
  }

  #purge(session: number, { call, space, node }: rules.Purge): void {
    const orphans = this.locks
      .filter((lock) => lock.orphan && (node === undefined || lock.node === node))
      .filter((lock) => space === undefined || lock.resource.startsWith(space + rules.separator))
    for (const orphan of orphans) {
      this.#free(orphan, orphan.granted)
      this.#settle()
    }
    this.#hear(session, { kind: 'purged', call, count: orphans.length })
  }

  // --- granting ---------------------------------------------------------------------------------------

  /** A request or a conversion has just come. */
  #arrive(lock: Lock, asked: rules.Asked): void {
    this.#places += 1
    const place = asked.atHead ? -this.#places : this.#places
    const dueAt = this.now + (asked.timeoutMs ?? Infinity)
    const range = asked.range ?? lock.range
    lock.pending = { asked, range, place, dueAt, queued: false, demoted: false }
    if (this.#tryGrant(lock)) return
    if (asked.kind === 'convert' && asked.demote && this.#closesDeadlock(lock)) {
      lock.pending = { ...lock.pending, demoted: true }
      lock.granted = 'NL'
      this.#grantQueued('conversions')
      if (this.#tryGrant(lock)) return
    }
    const isDeadlock = this.#closesDeadlock(lock) || this.#waitsForItself(lock)
    if (asked.noQueue) this.#deny(lock, asked)
    else if (isDeadlock && !asked.noDeadlockWait) this.#end(lock, 'deadlock')
    else this.#enqueue(lock, asked)
  }

  #enqueue(lock: Lock, asked: rules.Asked): void {
    Object.assign(lock.pending as rules.Pending, { queued: true })
    takeOver(lock, asked)
    // It closes a deadlock and wanted to wait all the same: somebody has to give way, if it does wait.
    const isTold = lock.notify && this.#closesDeadlock(lock)
    this.#grantQueued('all')
    if (isTold && lock.pending !== undefined) this.#tell(lock, asked.mode)
  }

  #deny(lock: Lock, { tellHolders, mode }: rules.Asked): void {
    const holders = this.locks.filter((other) => tellHolders && blocks(other, lock, mode))
    for (const holder of holders.filter(({ notify }) => notify)) this.#tell(holder, mode)
    this.#end(lock, 'denied')
  }

  /** After all that changes a queue or what is held: grants what can be granted, and tells. */
  #settle(): void {
    this.#grantQueued('all')
    for (const lock of this.locks) {
      const blocked = this.locks.filter((one) => one.pending && blocks(lock, one, wanted(one)))
      const top = Math.max(0, ...blocked.map((one) => rank(wanted(one))))
      const isNews = lock.notify && lock.pending === undefined && top > lock.told
      if (isNews) this.#tell(lock, modes[top] as LockMode)
      lock.told = isNews ? top : Math.min(lock.told, top)
    }
    for (const resource of this.values.keys()) {
      if (!this.locks.some((lock) => lock.resource === resource)) this.values.delete(resource)
    }
  }

  /** Conversions before requests, each from the head of its queue; again from the start after each. */
  #grantQueued(which: 'all' | 'conversions'): void {
    for (;;) {
      const queued = this.locks.filter(({ pending }) => pending?.queued)
      const inTurn = queued.sort((a, b) => placeOf(a) - placeOf(b))
      const converting = inTurn.filter(({ granted }) => granted !== undefined)
      const waiting = which === 'all' ? inTurn.filter(({ granted }) => granted === undefined) : []
      if (![...converting, ...waiting].some((lock) => this.#tryGrant(lock))) return
    }
  }

  #tryGrant(lock: Lock): boolean {
    const mode = this.#grantable(lock)
    if (mode !== undefined) this.#grant(lock, mode)
    return mode !== undefined
  }

  /** The mode that it can have now: what it asked for, or the alternate. */
  #grantable(lock: Lock): LockMode | undefined {
    if (this.#mayHave(lock, wanted(lock))) return wanted(lock)
    const { asked, queued } = lock.pending as rules.Pending
    if (!queued && this.#closesDeadlock(lock)) return undefined
    const alternate = alternateOf(asked)
    return alternate && this.#mayHave(lock, alternate) ? alternate : undefined
  }

  /** The numbered list of `calls.md`, in its order. */
  #mayHave(lock: Lock, mode: LockMode): boolean {
    const { asked, queued } = lock.pending as rules.Pending
    if (asked.kind === 'request' && asked.expedite) return true
    if (this.locks.some((other) => blocks(other, lock, mode))) return false
    const converting = this.queue(lock.resource, 'converting')
    if (asked.kind === 'convert' && !queued) return !asked.queueFair || converting.length === 0
    if (asked.anyOrder) return true
    if (asked.kind === 'convert') return converting[0] === lock
    const waiting = this.queue(lock.resource, 'waiting')
    return converting.length === 0 && (queued ? waiting[0] === lock : waiting.length === 0)
  }

  #closesDeadlock(lock: Lock): boolean {
    const { noQueue, anyOrder } = lock.pending?.asked ?? {}
    if (lock.granted === undefined || noQueue) return false
    const isAhead = (other: Lock): boolean => !anyOrder && placeOf(other) < placeOf(lock)
    return this.queue(lock.resource, 'converting')
      .filter((other) => blocks(lock, other, wanted(other)))
      .some((other) => isAhead(other) || blocks(other, lock, wanted(lock)))
  }

  #waitsForItself(lock: Lock): boolean {
    if (lock.owner !== undefined || lock.alone) return false
    return this.locks
      .filter(({ session, orphan }) => session === lock.session && !orphan)
      .filter((other) => other.owner === undefined && !other.alone && !other.noDeadlockBlock)
      .some((other) => blocks(other, lock, wanted(lock)))
  }

  #grant(lock: Lock, mode: LockMode): void {
    const { asked, range, demoted } = lock.pending as rules.Pending
    const cell = valueCell(lock.granted ?? 'none', mode)
    const isDown = rules.isDown(lock, asked.mode, range)
    takeOver(lock, asked)
    if (mode !== lock.granted || !rules.isSame(range, lock.range)) lock.told = 0
    Object.assign(lock, { granted: mode, range, pending: undefined })
    const { value: bytes, invalidate }: Change =
      asked.kind === 'convert' && cell === 'W' ? asked : {}
    const isChange = bytes !== undefined || invalidate === true
    if (isChange) this.#write(lock, asked as CallOf<'convert'>)
    // Nobody is asked when a lock goes down and writes nothing: it is told what it last heard.
    if (!isDown || isChange) this.#look(lock, cell, asked.useValue)
    const value = asked.useValue ? lock.seen : undefined
    const said = { ...heldBy(lock), value, demoted, alternate: mode !== asked.mode }
    this.#say(lock.session, asked, { outcome: 'granted', ...said })
  }

  // --- endings, values, and what is said --------------------------------------------------------------

  /** Its pending call ends without a grant; a lock that never was granted is gone. */
  #end(lock: Lock, outcome: Completion['outcome']): void {
    const { asked, demoted } = lock.pending as rules.Pending
    lock.pending = undefined
    if (lock.granted === undefined) this.locks = this.locks.filter((one) => one !== lock)
    this.#say(lock.session, asked, { outcome, ...heldBy(lock), demoted })
  }

  /** Gone without an unlock: what was held in PW and EX makes the value not valid. */
  #free(gone: Lock, held: LockMode | undefined): void {
    this.locks = this.locks.filter((lock) => lock !== gone)
    if (isWriter(held)) this.#write(gone, { invalidate: true })
  }

  #below(lock: Lock): readonly Lock[] {
    const children = this.locks.filter(({ parent }) => parent === lock)
    return children.flatMap((child) => [...this.#below(child), child])
  }

  #ownBelow(lock: Lock): readonly Lock[] {
    return this.#below(lock).filter(({ session, orphan }) => session === lock.session && !orphan)
  }

  #write({ resource }: Lock, change: Change): void {
    this.values.set(resource, changed(this.values.get(resource) ?? emptyValue, change))
  }

  /** A lock hears of the value; of its bytes when it uses them and the table moves them. */
  #look(lock: Lock, cell: 'R' | 'W' | '-', useValue: boolean): void {
    const value = this.values.get(lock.resource) ?? emptyValue
    const { bytes } = useValue && cell !== '-' ? value : lock.seen
    lock.seen = { ...value, bytes }
  }

  #tell({ session, number: lock }: Lock, mode: LockMode): void {
    this.#hear(session, { kind: 'blocking', lock, mode })
  }

  #say(session: number, { call, lock }: LockCall, said: Said): void {
    this.#hear(session, { kind: 'completion', call, lock, ...said } as SessionEvent)
  }

  #hear(session: number, event: SessionEvent): void {
    this.events.push({ session, event })
  }
}

type Change = { readonly value?: Uint8Array; readonly invalidate?: boolean }
type Place = Pick<Lock, 'session' | 'node' | 'number' | 'parent'>

function wanted({ pending, granted = 'NL' }: Lock): LockMode {
  return pending?.asked.mode ?? granted
}

function changed(before: ValueCopy, { value, invalidate }: Change): ValueCopy {
  if (value === undefined && !invalidate) return before
  const { bytes, sequence } = before
  return { bytes: value ?? bytes, valid: value !== undefined, sequence: sequence + 1 }
}

function placeOf({ pending }: Lock): number {
  return pending?.place ?? 0
}

/** What waits goes first, so that the end of what is held does not let it have more. */
function waitingFirst(locks: readonly Lock[]): readonly Lock[] {
  const isWaiting = ({ pending }: Lock): boolean => pending !== undefined
  return [...locks.filter(isWaiting), ...locks.filter((lock) => !isWaiting(lock))]
}

function numbers(locks: readonly Lock[]): readonly number[] {
  return locks.map(({ number }) => number)
}

function heldBy({ granted, range }: Lock): Pick<Said, 'mode' | 'range'> {
  return granted === undefined ? {} : { mode: granted, range }
}

/** What a conversion does not name stays as it was. */
function takeOver(lock: Lock, { persistent, priority, noDeadlockBlock }: rules.Asked): void {
  lock.persistent = persistent ?? lock.persistent
  lock.priority = priority ?? lock.priority
  lock.noDeadlockBlock = noDeadlockBlock ?? lock.noDeadlockBlock
}
