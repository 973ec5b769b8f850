/** Counts what really happened in a run, so that one in which little happens cannot pass. */
import type { LockCall } from '../../src/index.ts'
import type { SessionEvent } from '../../src/messages.ts'
import { mayShare, valueCell } from '../harness/specification.ts'
import type { Heard } from './reference-table.ts'
import type { Lock, Purge } from './rules.ts'

type Completion = Extract<SessionEvent, { kind: 'completion' }>

/** A call that has not ended, and the lock as it was when it came. */
interface Open {
  readonly call: LockCall
  readonly granted: Lock['granted']
  readonly step: number
}

export class Census {
  readonly counts = new Map<string, number>()
  calls = 0
  readonly #open = new Map<string, Open>()
  #step = 0

  /** Another world: what was open in the one before never ends. */
  begin(): void {
    this.#open.clear()
  }

  note(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1)
  }

  called(session: number, call: LockCall | Purge, lock: Lock | undefined): void {
    this.calls += 1
    this.note(call.kind)
    if (call.kind === 'purge') return
    const step = this.#step
    this.#open.set(`${session} ${call.call}`, { call, granted: lock?.granted, step })
  }

  /** At the end of a step. */
  heard(heard: readonly Heard[], locks: readonly Lock[]): void {
    for (const { session, event } of heard) {
      const lock =
        'lock' in event ? locks.find((one) => isLockOf(one, session, event.lock)) : undefined
      if (event.kind === 'completion') this.#ended(session, event, lock, locks)
      else if (event.kind === 'purged' && event.count > 0) this.note('purged some')
      else if (event.kind === 'blocking') {
        this.note(`told ${event.mode}`)
        const isItself = lock?.pending?.asked.noDeadlockWait === true
        if (isItself && lock?.pending?.asked.mode === event.mode) this.note('told of itself')
        else if (heard.some((one) => isDeniedTeller(one, this.#open)))
          this.note('told of a denied call')
        if (lock?.pending !== undefined) this.note('told while converting')
      }
    }
    for (const { session, event } of heard) {
      if (event.kind === 'completion') this.#open.delete(`${session} ${event.call}`)
    }
    for (const { orphan, persistent } of locks) {
      if (orphan) this.note(persistent ? 'orphan stays' : 'orphan stays above another')
    }
    this.#step += 1
  }

  #ended(session: number, event: Completion, lock: Lock | undefined, locks: readonly Lock[]): void {
    const open = this.#open.get(`${session} ${event.call}`)
    if (open === undefined) return
    const { call, step } = open
    const { kind } = call
    const { outcome, demoted, alternate, mode, also = [], code, value } = event
    this.note(`${kind} ${outcome}`)
    if (code !== undefined) this.note(`${kind} ${code}`)
    if (demoted) this.note(`${kind} demoted ${outcome}`)
    if (also.length > 0) this.note(`${kind} also`)
    if (value?.valid === false) this.note('value not valid')
    for (const [flag, given] of Object.entries(call)) {
      if (given !== undefined && given !== false) {
        this.note(`${kind} ${outcome === 'refused' ? 'refused' : 'with'} ${flag}`)
      }
    }
    if (outcome !== 'granted' || lock === undefined) return
    const when = step === this.#step ? 'at once' : 'later'
    this.note(`${kind} granted ${when}`)
    if (alternate) this.note(`${kind} alternate ${mode} ${when}`)
    if (call.kind === 'request' || call.kind === 'convert') this.#moved(event, open)
    this.#beside(lock, locks)
  }

  #moved({ mode = 'NL', demoted }: Completion, { call, granted }: Open): void {
    const from = demoted ? 'NL' : (granted ?? 'none')
    const cell = valueCell(from, mode)
    const isMark = 'invalidate' in call && call.invalidate === true && cell === 'W'
    const isUsed = 'useValue' in call && call.useValue
    if (isUsed) this.note(`value ${from} to ${mode} ${cell}`)
    else this.note(isMark ? `value mark ${from} to ${mode}` : 'value unused')
  }

  /** Why a lock can be beside another one that it would conflict with. */
  #beside(lock: Lock, locks: readonly Lock[]): void {
    const { granted = 'NL', owner } = lock
    for (const other of locks) {
      if (other === lock || other.resource !== lock.resource || other.granted === undefined)
        continue
      if (mayShare(granted, other.granted)) continue
      const isOwn = owner !== undefined && owner === other.owner
      this.note(isOwn ? 'granted beside its owner' : 'granted beside another range')
    }
  }
}

function isLockOf(lock: Lock, session: number, number: number): boolean {
  return lock.session === session && lock.number === number
}

function isDeniedTeller({ session, event }: Heard, open: ReadonlyMap<string, Open>): boolean {
  if (event.kind !== 'completion' || event.outcome !== 'denied') return false
  const call = open.get(`${session} ${event.call}`)?.call
  return call !== undefined && 'tellHolders' in call && call.tellHolders === true
}
