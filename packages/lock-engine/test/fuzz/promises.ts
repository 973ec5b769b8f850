/**
 * What the owners of locks are promised, judged from what they hear alone:
 *
 *   - locks that are held at the same time, by processes that have not stopped, may share the resource
 *   - tokens rise
 *   - a value that is reported as valid, to somebody whose mode no writer could share, is the last
 *     one that was written
 *   - what a session leaves behind stays until somebody takes it over, once, or its process stops
 *
 * A lock is held from its grant until its owner gives it up by a call, or its process has stopped. An
 * owner that asked for something that it can only get by giving up what it has relies, until it hears,
 * on what both have in common.
 */
import type { LockCall } from '../../src/index.ts'
import type { LockMode, LockRange, SessionEvent } from '../../src/messages.ts'
import type { Process } from '../harness/cluster.ts'
import { classOf, mayWrite, valueCell } from '../harness/specification.ts'
import { textOf } from '../harness/world.ts'
import { type Claim, conflicts, isInside, isSamePart } from './claims.ts'
import type { KnownCall, KnownLock, Orphan } from './known-lock.ts'
import { mayHave, relied, wanted } from './reliance.ts'
import { TokenStory } from './tokens.ts'
import { ValueStory, type Write } from './value-story.ts'

export type Completion = Extract<SessionEvent, { kind: 'completion' }>
export type NewLockCall = Extract<LockCall, { kind: 'request' | 'adopt' }>
type Convert = Extract<LockCall, { kind: 'convert' }>
type Unlock = Extract<LockCall, { kind: 'unlock' }>

interface SubtreeCall {
  readonly lock: KnownLock
  readonly kind: 'unlock' | 'cancel'
  readonly parts: readonly KnownLock[]
  readonly cancelled: Set<KnownLock>
}

export class Promises {
  readonly locks = new Map<string, KnownLock>()
  readonly #tokens = new Map<string, TokenStory>()
  readonly #values = new Map<string, ValueStory>()
  readonly #subtrees = new Map<string, SubtreeCall>()
  /** Writes of unlocks, by session and call. */
  readonly #writes = new Map<string, Write>()
  /** Adoptions whose owner will not hear how they end. */
  readonly #unheard: KnownLock[] = []
  /** Orphans on processes that have stopped: until others know, they can be adopted. */
  readonly #dead: KnownLock[] = []
  readonly #adopted: { readonly heir: KnownLock; readonly former: KnownLock }[] = []
  /** Rises with everything that happens. */
  #at = 1
  /** How often a value was reported, to see that the runs are worth something. */
  readonly reported = { valid: 0, notValid: 0 }

  isHeld(lock: KnownLock): boolean {
    const isLeft = lock.orphan !== undefined && lock.orphan.crowd === undefined
    const isSession = !lock.isBeingUnlocked && lock.orphan === undefined
    return lock.mode !== undefined && (isLeft || isSession) && lock.process.state !== 'halted'
  }

  get orphans(): readonly KnownLock[] {
    return [...this.locks.values()].filter(
      ({ orphan, process }) => orphan !== undefined && process.state !== 'halted',
    )
  }

  /** Locks of the session at or below the lock that have not ended. */
  atOrBelow(lock: KnownLock): readonly KnownLock[] {
    const found = [lock]
    const all = [...this.locks.values()].filter(({ session }) => session === lock.session)
    for (const one of found) {
      for (const other of all) if (other.parent === one && !other.isGone) found.push(other)
    }
    return found
  }

  // --- calls ------------------------------------------------------------------------------------

  onNewLock(process: Process, session: number, call: NewLockCall, clock: number): void {
    const parent =
      call.parent === undefined ? undefined : this.locks.get(`${session}/${call.parent}`)
    const { name } = call.resource
    const resource = parent === undefined ? name : `${parent.resource}/${name}`
    const persistent = call.persistent === true
    const range = call.kind === 'request' ? call.range : undefined
    const timeoutMs = call.kind === 'request' ? call.timeoutMs : undefined
    this.locks.set(`${session}/${call.lock}`, {
      process,
      session,
      lock: call.lock,
      parent,
      resource,
      owner: call.owner,
      mode: undefined,
      range: undefined,
      token: undefined,
      persistent,
      pending: {
        call: call.call,
        kind: call.kind,
        modes: call.kind === 'request' ? [call.mode, ...alternatesOf(call)] : [call.mode],
        range,
        useValue: call.useValue,
        demote: false,
        persistent,
        madeAt: this.#tick(),
        timeoutMs,
        clock,
        tokenFloor: this.#tokensOf(resource).top,
        write: undefined,
      },
      isBeingUnlocked: false,
      isGone: false,
      isBeingCancelled: false,
      orphan: undefined,
    })
  }

  /** Before the call is made: what its owner gives up by it. */
  onConvert(session: number, call: Convert, clock: number): void {
    const known = this.#lockOf(session, call.lock)
    const { mode = 'NL', resource } = known
    const { useValue, value, invalidate, range = known.range } = call
    const targets = [call.mode, ...alternatesOf(call)]
    const mayWriteValue = targets.some((to) => valueCell(mode, to) === 'W')
    const text = useValue ? textOf(value) : undefined
    const writes = mayWriteValue && (text !== undefined || invalidate === true)
    known.pending = {
      call: call.call,
      kind: 'convert',
      modes: targets,
      range,
      useValue,
      demote: call.demote === true,
      persistent: call.persistent ?? known.persistent,
      madeAt: this.#tick(),
      timeoutMs: call.timeoutMs,
      clock,
      tokenFloor: this.#tokensOf(resource).top,
      write: writes
        ? this.#valueOf(resource).begin(text, this.#at, { certain: false, alone: isAlone(known) })
        : undefined,
    }
  }

  onUnlock(session: number, call: Unlock): void {
    const known = this.#lockOf(session, call.lock)
    if (call.subtree !== undefined) {
      const all = this.atOrBelow(known)
      const parts = all.filter((one) => call.subtree === 'with' || one !== known)
      this.#subtrees.set(`${session}/${call.call}`, {
        lock: known,
        kind: 'unlock',
        parts,
        cancelled: new Set(),
      })
      for (const part of parts) {
        part.isBeingUnlocked = true
      }
    } else if (!known.isBeingUnlocked) this.#giveUp(known, call)
    for (const part of [known, ...this.atOrBelow(known)]) this.#lookForEnd(part.resource)
  }

  #giveUp(known: KnownLock, call: Unlock): void {
    const { mode } = relied(known)
    const isSure = mode === 'PW' || mode === 'EX'
    known.isBeingUnlocked = true
    if (call.value === undefined && call.invalidate !== true) return
    const text = textOf(call.value)
    const write = this.#valueOf(known.resource).begin(text, this.#tick(), {
      certain: isSure,
      alone: isAlone(known),
    })
    this.#writes.set(`${known.session}/${call.call}`, write)
  }

  onCancel(session: number, lock: number): void {
    const known = this.#lockOf(session, lock)
    if (known.pending !== undefined) known.isBeingCancelled = true
  }

  onCancelSubtree(session: number, call: number, lock: number): void {
    const known = this.#lockOf(session, lock)
    const parts = this.atOrBelow(known).filter(({ pending }) => pending !== undefined)
    const free = parts.filter((part) => !part.isBeingCancelled)
    for (const part of free) part.isBeingCancelled = true
    const subtree = {
      lock: known,
      kind: 'cancel',
      parts: free,
      cancelled: new Set<KnownLock>(),
    } as const
    this.#subtrees.set(`${session}/${call}`, subtree)
  }

  /** What stays behind, with what it is below; all else ends. */
  onClose(session: number): void {
    const own = [...this.locks].filter(([, lock]) => lock.session === session && !lock.orphan)
    const { stays, may } = staying(own.map(([, lock]) => lock))
    for (const [, lock] of own) this.#noteUnheard(lock)
    for (const [key, lock] of own) {
      if (stays.has(lock) || may.has(lock)) this.#leaveBehind(lock, stays.has(lock))
      else {
        this.locks.delete(key)
        this.#end(lock)
      }
    }
  }

  #leaveBehind(lock: KnownLock, stays: boolean): void {
    lock.orphan = { ...possible(lock), crowd: undefined }
    if (stays && !this.#unheard.some((one) => mayAdopt(one, lock))) return
    // Whether it stays is not known: it may be there, and it may have spoilt the value.
    lock.orphan.crowd = { left: 1 }
    if (ownsValue(lock)) this.#spoil(lock.resource, false)
    this.#lookForEnd(lock.resource)
  }

  /** What it asked to adopt it may have had already, and have lost with the session. */
  #noteUnheard(lock: KnownLock): void {
    if (lock.pending?.kind !== 'adopt') return
    this.#unheard.push(lock)
    for (const { orphan } of this.orphans.filter((one) => mayAdopt(lock, one))) {
      if (orphan !== undefined) orphan.crowd ??= { left: 1 }
    }
  }

  /** After the process has stopped. */
  onHalt(process: Process): void {
    for (const { heir, former } of this.#adopted) {
      if (heir.process === process && !heir.isGone) this.#comesBack(former)
    }
    for (const [key, lock] of this.locks) {
      if (lock.process !== process) continue
      this.locks.delete(key)
      if (lock.orphan !== undefined) this.#dead.push(lock)
      this.#end(lock)
    }
  }

  /** Who adopted it is gone: it is as if that had not happened, when its former holder had not heard. */
  #comesBack(former: KnownLock): void {
    const { session, lock, orphan, process } = former
    if (orphan === undefined || process.state === 'halted') return
    orphan.crowd ??= { left: 0 }
    orphan.crowd.left += 1
    this.locks.set(`${session}/${lock}`, former)
  }

  #end(lock: KnownLock): void {
    this.#noteUnheard(lock)
    if (ownsValue(lock) && !lock.isBeingUnlocked && lock.orphan?.crowd === undefined) {
      // When it was adopted, that may count as never having been.
      const isOwn = lock.orphan === undefined && !this.#adopted.some(({ heir }) => heir === lock)
      const isSure = isOwn && relied(lock).mode === lock.mode
      this.#spoil(lock.resource, isSure)
    }
    lock.isBeingUnlocked = true
    this.#lookForEnd(lock.resource)
  }

  // --- completions --------------------------------------------------------------------------------

  onCompletion(session: number, completion: Completion, clock: number): void {
    const known = this.locks.get(`${session}/${completion.lock}`)
    if (known === undefined) throw new Error(`session ${session} hears of lock ${completion.lock}`)
    const { pending } = known
    if (pending?.call === completion.call) {
      known.pending = undefined
      this.#onEnd(known, completion, pending, clock)
    } else this.#onFollowUp(known, completion)
    if (!known.isGone) known.isGone = known.mode === undefined && known.pending === undefined
    this.#checkShares(known)
    this.#lookForEnd(known.resource)
  }

  #onEnd(known: KnownLock, completion: Completion, pending: KnownCall, clock: number): void {
    const { outcome } = completion
    const { write, timeoutMs } = pending
    if (outcome === 'granted') this.#onGranted(known, completion, pending)
    else if (outcome === 'unlocked') endLock(known)
    else onFailure(known, completion, pending)
    if (write !== undefined) write.ended ??= this.#tick()
    const isEarly = timeoutMs === undefined || clock < pending.clock + timeoutMs
    if (outcome === 'timed-out' && isEarly) {
      throw new Error(`timed out at ${clock} after ${pending.clock}: early, or not asked for`)
    }
    if (outcome === 'cancelled') this.#noteCancelled(known)
  }

  #noteCancelled(known: KnownLock): void {
    for (const { kind, parts, cancelled } of this.#subtrees.values()) {
      if (kind === 'cancel' && parts.includes(known)) cancelled.add(known)
    }
  }

  #onFollowUp(known: KnownLock, { call, outcome, also = [] }: Completion): void {
    const key = `${known.session}/${call}`
    const write = this.#writes.get(key)
    if (write !== undefined) write.ended ??= this.#tick()
    const subtree = this.#subtrees.get(key)
    this.#subtrees.delete(key)
    if (subtree === undefined) {
      if (outcome === 'unlocked') endLock(known)
      else if (outcome !== 'refused') known.isBeingCancelled = false
      return
    }
    if (subtree.kind === 'cancel') for (const part of subtree.parts) part.isBeingCancelled = false
    const meant = subtree.kind === 'unlock' ? subtree.parts : [...subtree.cancelled]
    const others = meant.filter((part) => part !== known).map(({ lock }) => lock)
    if (sorted(others) !== sorted(also)) {
      throw new Error(
        `also: ${sorted(also)} and not ${sorted(others)} ended with the ${subtree.kind}`,
      )
    }
    if (subtree.kind === 'unlock') for (const part of subtree.parts) endLock(part)
    else if ((outcome === 'cancelled') !== meant.length > 0) {
      throw new Error(`${outcome} when ${meant.length} calls were cancelled`)
    }
  }

  #onGranted(known: KnownLock, completion: Completion, pending: KnownCall): void {
    const { value, token, range, demoted } = completion
    const mode = grantedMode(completion, pending)
    if (pending.kind === 'adopt') this.#takeOver(known, mode, range)
    else if (!isSamePart(range, pending.range)) throw new Error('granted with another range')
    const before = demoted === true ? 'NL' : known.mode
    const isDown =
      before !== undefined && classOf(before, mode) === 'down' && isInside(range, known.range)
    known.mode = mode
    known.range = range
    known.persistent = pending.persistent
    const claim = { mode, range, owner: known.owner }
    if ((token !== undefined) !== mayWrite(mode)) throw new Error(`a token with ${mode}: ${token}`)
    if (token !== undefined && !(isDown && token === known.token)) {
      this.#checkToken(known, claim, { token, floor: pending.tokenFloor })
    }
    known.token = token
    const { write } = pending
    if (write !== undefined) write.certain = valueCell(before ?? 'none', mode) === 'W'
    if ((value !== undefined) !== pending.useValue) throw new Error(`a value with ${mode}`)
    if (value === undefined || valueCell(before ?? 'none', mode) !== 'R') return
    const seen = { text: textOf(value.bytes) ?? '', valid: value.valid }
    this.#checkValue(known.resource, claim, pending.madeAt, seen)
  }

  #checkToken(
    { resource, isBeingUnlocked }: KnownLock,
    claim: Claim,
    { token, floor }: { token: bigint; floor: bigint },
  ): void {
    const story = this.#tokensOf(resource)
    const fault = story.faultOf(token, isBeingUnlocked ? undefined : claim, floor)
    if (fault !== undefined) throw new Error(`${resource}: ${fault}`)
    story.add(token, claim)
  }

  /** An orphan that is there, and only one, has become this lock. */
  #takeOver(known: KnownLock, mode: LockMode, range: LockRange | undefined): void {
    const report = known.process.engine
      .held()
      .find((one) => one.session === known.session && one.lock === known.lock)
    const found = [...this.orphans, ...this.#dead].filter(
      (one) =>
        one.resource === known.resource &&
        (report === undefined || one.owner === report.owner) &&
        one.orphan?.modes.includes(mode) &&
        one.orphan.ranges.some((part) => isSamePart(part, range)) &&
        one.orphan.crowd?.left !== 0,
    )
    const [first, ...others] = found
    known.owner = first?.owner
    if (first?.orphan === undefined) {
      throw new Error(`${known.resource}: an orphan in ${mode} that is not there was adopted`)
    }
    if (others.length === 0) {
      const { crowd } = first.orphan
      this.#adopted.push({ heir: known, former: first })
      if (crowd === undefined) this.locks.delete(`${first.session}/${first.lock}`)
      else crowd.left -= 1
      return
    }
    const crowds = new Set(found.map(({ orphan }) => orphan?.crowd))
    const alone = found.filter(({ orphan }) => orphan?.crowd === undefined).length
    const crowd = { left: alone - 1 }
    for (const one of crowds) crowd.left += one?.left ?? 0
    for (const [, one] of this.locks) {
      if (one.orphan === undefined) continue
      const joins =
        one.orphan.crowd === undefined ? found.includes(one) : crowds.has(one.orphan.crowd)
      if (joins) one.orphan.crowd = crowd
    }
  }

  #checkValue(
    resource: string,
    claim: Claim,
    calledAt: number,
    seen: { text: string; valid: boolean },
  ): void {
    this.reported[seen.valid ? 'valid' : 'notValid'] += 1
    if (!seen.valid) return
    const fault = this.#valueOf(resource).faultOf(seen.text, claim, calledAt)
    if (fault !== undefined) throw new Error(`${resource}: the value "${seen.text}" ${fault}`)
  }

  #checkShares(known: KnownLock): void {
    if (!this.isHeld(known)) return
    const claim = relied(known)
    for (const other of this.locks.values()) {
      if (other === known || other.resource !== known.resource || !this.isHeld(other)) continue
      if (conflicts(relied(other), claim)) {
        throw new Error(`${known.resource}: ${inWords(known)} beside ${inWords(other)}`)
      }
    }
  }

  /** With nothing under way: somebody is in the way of some call of each resource that has any. */
  checkWaiters(): void {
    const waiters = [...this.locks.values()].filter(
      ({ pending, orphan }) => pending !== undefined && orphan === undefined,
    )
    for (const [resource, some] of Map.groupBy(waiters, (lock) => lock.resource)) {
      const holders = [...this.locks.values()].filter(
        (lock) => lock.resource === resource && lock.mode !== undefined,
      )
      const isBlocked = some.some((waiter) =>
        holders.some(
          (holder) =>
            holder !== waiter && mayHave(holder).some((one) => conflicts(one, wanted(waiter))),
        ),
      )
      if (!isBlocked) throw new Error(`${resource}: ${some.map(inWords).join()} wait for nobody`)
    }
  }

  #spoil(resource: string, certain: boolean): void {
    this.#valueOf(resource).begin(undefined, this.#tick(), { certain, alone: false })
  }

  /** When nobody is known to hold a lock, the value may have ended with the last one. */
  #lookForEnd(resource: string): void {
    for (const lock of this.locks.values()) {
      if (lock.resource === resource && this.isHeld(lock)) return
    }
    this.#valueOf(resource).mayEnd(this.#tick())
  }

  #lockOf(session: number, lock: number): KnownLock {
    const known = this.locks.get(`${session}/${lock}`)
    if (known === undefined) throw new Error(`a call for lock ${lock}, which nobody has`)
    return known
  }

  #tick(): number {
    this.#at += 1
    return this.#at
  }

  #tokensOf(resource: string): TokenStory {
    const story = this.#tokens.get(resource) ?? new TokenStory()
    this.#tokens.set(resource, story)
    return story
  }

  #valueOf(resource: string): ValueStory {
    const story = this.#values.get(resource) ?? new ValueStory()
    this.#values.set(resource, story)
    return story
  }
}

/** One that was asked for, or an alternate that is called so. */
function grantedMode(
  { mode, alternate }: Completion,
  { modes: [first, ...others] }: KnownCall,
): LockMode {
  const isRight = alternate === true ? others.includes(mode as LockMode) : mode === first
  if (mode === undefined || !isRight) throw new Error(`${mode} was granted, and ${first} asked for`)
  return mode
}

/** Everything stays as it was, but for a demotion. */
function onFailure(known: KnownLock, completion: Completion, pending: KnownCall): void {
  const { outcome, demoted, mode } = completion
  if (demoted === true) known.mode = 'NL'
  // Taken over when it was queued, and nobody is told that.
  if (pending.persistent !== known.persistent) known.persistent = 'maybe'
  if (demoted === true && !pending.demote) throw new Error('demoted, and did not ask for it')
  if (mode !== known.mode) throw new Error(`${outcome} with ${mode}, and held ${known.mode}`)
  if (mode !== undefined && !isSamePart(completion.range, known.range)) {
    throw new Error(`${outcome} with another range`)
  }
}

function endLock(lock: KnownLock): void {
  lock.mode = undefined
  lock.isGone = true
}

function alternatesOf(call: { mode: LockMode; alternatePR?: boolean; alternateCW?: boolean }) {
  const { mode, alternatePR, alternateCW } = call
  if (alternatePR === true && mode !== 'PR') return ['PR' as const]
  return alternateCW === true && mode !== 'CW' ? ['CW' as const] : []
}

/** What of a session stays for certain when it ends, and what may stay. */
function staying(own: readonly KnownLock[]): { stays: Set<KnownLock>; may: Set<KnownLock> } {
  const stays = new Set<KnownLock>()
  const may = new Set<KnownLock>()
  for (const lock of own) {
    if (lock.mode === undefined || lock.isBeingUnlocked) continue
    const wishes = [lock.persistent, lock.pending?.persistent ?? lock.persistent]
    if (wishes.every((wish) => wish === false)) continue
    const found = wishes.every((wish) => wish === true) ? stays : may
    for (let one: KnownLock | undefined = lock; one !== undefined; one = one.parent) found.add(one)
  }
  return { stays, may }
}

function mayAdopt(asked: KnownLock, orphan: KnownLock): boolean {
  const { pending, process, session, lock } = asked
  if (asked.resource !== orphan.resource || orphan.orphan === undefined) return false
  if (asked.owner !== undefined && asked.owner !== orphan.owner) return false
  const isSame = orphan.orphan.modes.some((mode) => pending?.modes.includes(mode))
  const isThere = process.engine.held().some((one) => one.session === session && one.lock === lock)
  return isSame && (isThere || process.state === 'halted')
}

/** What a lock may have whose session ends now. */
function possible({ mode = 'NL', range, pending }: KnownLock): Omit<Orphan, 'crowd'> {
  if (pending === undefined) return { modes: [mode], ranges: [range] }
  const down = pending.demote ? ['NL' as const] : []
  return { modes: [mode, ...pending.modes, ...down], ranges: [range, pending.range] }
}

/** What it holds as a writer is in the way of all others. */
function isAlone({ range, owner }: KnownLock): boolean {
  return range === undefined && owner === undefined
}

function ownsValue({ mode }: KnownLock): boolean {
  return mode === 'PW' || mode === 'EX'
}

function sorted(numbers: readonly number[]): string {
  return [...numbers].sort((a, b) => a - b).join(' ')
}

function inWords({ process, session, lock, mode, orphan }: KnownLock): string {
  const what = orphan === undefined ? '' : ', an orphan,'
  return `${mode} of session ${session} lock ${lock}${what} on node ${process.id}`
}
