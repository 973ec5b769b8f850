/** Counts what really happened in a run, so that one in which little happens cannot pass. */
import type { LockCall } from '../../src/index.ts'
import type { SessionEvent } from '../../src/messages.ts'
import { mayShare, valueCell } from '../harness/specification.ts'
import type { Heard } from './reference-table.ts'
import type { Lock, Purge } from './rules.ts'

type Completion = Extract<SessionEvent, { kind: 'completion' }>
type Blocking = Extract<SessionEvent, { kind: 'blocking' }>

/** A call that has not ended, and what its lock held when it came. */
interface Open {
  readonly call: LockCall
  readonly granted: Lock['granted']
  readonly step: number
}

/** What every call has: nothing to count. */
const everywhere = ['kind', 'call', 'lock', 'mode', 'resource', 'useValue', 'notify']

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
    if (call.kind === 'purge') return
    const opened = { call, granted: lock?.granted, step: this.#step }
    this.#open.set(`${session} ${call.call}`, opened)
  }

  /** A message of the engines: here the answer of a directory counts. */
  sent(directory: number, asker: number, message: unknown): void {
    const { kind, master } = message as { readonly kind: string; readonly master?: number }
    if (kind !== 'master-is' || master === asker || master === directory) return
    this.note('directory on a third node')
  }

  mastered(master: number, holder: number): void {
    this.note(master === holder ? 'master local' : 'master remote')
  }

  /** At the end of a step: what the sessions were told, and the locks as they are now. */
  heard(heard: readonly Heard[], locks: readonly Lock[]): void {
    for (const { session, event } of heard) {
      const number = 'lock' in event ? event.lock : undefined
      const lock = locks.find((one) => one.session === session && one.number === number)
      if (event.kind === 'completion') this.#ended(session, event, lock, locks)
      else if (event.kind === 'blocking') this.#told(event, lock)
      else if (event.kind === 'purged' && event.count > 0) this.note('purged some')
    }
    this.#lookAtOrphans(locks)
    this.#step += 1
  }

  #lookAtOrphans(locks: readonly Lock[]): void {
    for (const { orphan, persistent } of locks) {
      if (orphan) this.note(persistent ? 'orphan stays' : 'orphan stays above another')
    }
  }

  #told({ mode }: Blocking, lock: Lock | undefined): void {
    this.note(`told ${mode}`)
    const { asked } = lock?.pending ?? {}
    if (asked === undefined) return
    const isItself = asked.noDeadlockWait === true && asked.mode === mode
    this.note(isItself ? 'told of itself' : 'told while converting')
  }

  #ended(session: number, event: Completion, lock: Lock | undefined, locks: readonly Lock[]): void {
    const name = `${session} ${event.call}`
    const open = this.#open.get(name)
    this.#open.delete(name)
    if (open === undefined) return
    const { kind } = open.call
    this.note(`${kind} ${event.outcome}`)
    if (event.code !== undefined) this.note(`${kind} ${event.code}`)
    if (event.demoted) this.note(`${kind} demoted ${event.outcome}`)
    if (event.also !== undefined && event.also.length > 0) this.note(`${kind} also`)
    if (event.value?.valid === false) this.note('value not valid')
    this.#flags(open.call, event.outcome === 'refused' ? 'refused' : 'with')
    if (event.outcome !== 'granted' || lock === undefined) return
    const when = open.step === this.#step ? 'at once' : 'later'
    this.note(`${kind} granted ${when}`)
    if (event.alternate) this.note(`${kind} alternate ${event.mode} ${when}`)
    this.#moved(event, open)
    this.#beside(lock, locks)
  }

  #flags(call: LockCall, how: 'with' | 'refused'): void {
    for (const [flag, value] of Object.entries(call)) {
      const isGiven = value !== undefined && value !== false && !everywhere.includes(flag)
      if (isGiven) this.note(`${call.kind} ${how} ${flag}`)
    }
  }

  #moved({ mode = 'NL', demoted }: Completion, { call, granted }: Open): void {
    if (call.kind !== 'request' && call.kind !== 'convert') return
    const from = demoted ? 'NL' : (granted ?? 'none')
    const cell = valueCell(from, mode)
    if (call.useValue) this.note(`value ${from} to ${mode} ${cell}`)
    else if ('invalidate' in call && cell === 'W') this.note(`value mark ${from} to ${mode}`)
    else this.note('value unused')
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
