/**
 * The locks of one session, as its client believes in them.
 *
 * What it believes is narrower than what it is told: from the call for a conversion on it acts only
 * on what the modes it may end in and the parts have in common; from the call for an unlock on it
 * acts on nothing.
 */
import type { LockMode, LockRange } from '@holdfast/lock-engine/messages'
import type { Incarnation, Instant } from '@holdfast/primitives'
import {
  conversionWrites,
  mayWriteValue,
  valueIsWritten,
  weakerOf,
} from '../checkers/lock-modes.ts'
import type { Belief, Trust, WriteFact } from '../facts.ts'
import { common } from '../parts.ts'
import { pathKey } from '../path-key.ts'
import type { Completion } from './completion.ts'
import type {
  AdoptOptions,
  ClientLock,
  ConvertOptions,
  PendingCall,
  RequestOptions,
  UnlockOptions,
} from './contract.ts'
import type { History } from './history.ts'

export interface BookSetup {
  readonly client: string
  readonly history: History
  readonly now: () => Instant
}

export class LockBook {
  readonly locks = new Map<number, ClientLock>()
  readonly #setup: BookSetup
  #lastLock = 0

  constructor(setup: BookSetup) {
    this.#setup = setup
  }

  add(options: RequestOptions | AdoptOptions, trust: Trust): ClientLock {
    this.#lastLock += 1
    const { parent, owner, persistent = false, useValue } = options
    const path = parent === undefined ? [] : [...(parent.resource.path ?? []), parent.resource.name]
    const { space, name } = options.resource
    const resource = path.length === 0 ? { space, name } : { space, name, path }
    const belief: Belief = {
      client: this.#setup.client,
      lock: this.#lastLock,
      resource: pathKey(resource),
      owner,
      trust,
      mode: undefined,
      range: undefined,
    }
    const lock: ClientLock = {
      lock: this.#lastLock,
      resource,
      belief,
      parent,
      useValue,
      persistent,
      granted: undefined,
      range: undefined,
      pending: undefined,
      unlocking: false,
    }
    this.locks.set(lock.lock, lock)
    return lock
  }

  pend(lock: ClientLock, call: Omit<PendingCall, 'calledAt' | 'cancelling'>): void {
    lock.pending = { ...call, calledAt: this.#setup.now(), cancelling: false }
  }

  /** All locks below, each behind those above it. */
  below(lock: ClientLock): readonly ClientLock[] {
    const found = [...this.locks.values()].filter(({ parent }) => parent === lock)
    return found.flatMap((child) => [child, ...this.below(child)])
  }

  // --- what the client calls for ------------------------------------------------------------------

  /** A conversion is asked for: what it may take away counts no more. True when it writes the value. */
  leaves(lock: ClientLock, before: LockMode, options: ConvertOptions): boolean {
    const { mode, range = lock.range, demote, value, invalidate } = options
    const alternates = alternatesOf(options)
    const writes = valueIsWritten(before, mode, alternates.length > 0)
    const onMode = demote === true ? 'on the mode and a demotion' : 'on the mode'
    const depends = conversionWrites(before, mode) ? 'on nothing' : onMode
    if (writes && invalidate === true) this.#wrote(lock, 'invalidate', depends)
    else if (writes && lock.useValue) this.#wrote(lock, { bytes: value }, depends)
    const certain = alternates.reduce(weakerOf, weakerOf(before, mode))
    const part = common(lock.range, range)
    if (demote === true || part === 'nothing') this.yields(lock, 'NL', lock.range)
    else this.yields(lock, certain, part)
    return writes
  }

  gives(lock: ClientLock, options: UnlockOptions): void {
    const { subtree, value, invalidate } = options
    const locks = [...(subtree === undefined ? [] : this.below(lock))]
    if (subtree !== 'below') locks.push(lock)
    const writes = lock.granted !== undefined && mayWriteValue(lock.granted)
    if (writes && value !== undefined) this.#wrote(lock, { bytes: value })
    else if (writes && invalidate === true) this.#wrote(lock, 'invalidate')
    for (const one of locks) {
      one.unlocking = true
      this.waitsNoMore(one)
      this.yields(one, undefined, undefined)
    }
  }

  yields(lock: ClientLock, mode: LockMode | undefined, range: LockRange | undefined): void {
    const { belief } = lock
    const before = belief.mode
    belief.mode = mode
    belief.range = range
    if (before === undefined) return
    this.#setup.history.yielded({ at: this.#setup.now(), belief, before })
  }

  waitsNoMore({ belief }: ClientLock): void {
    this.#setup.history.waitsNoMore(belief)
  }

  /** May be dropped with its lockspace: it is acted on no more, and nobody can tell what it leaves. */
  abandons(lock: ClientLock): void {
    const { history, now } = this.#setup
    lock.unlocking = true
    this.waitsNoMore(lock)
    this.yields(lock, undefined, undefined)
    history.lost({ at: now(), belief: lock.belief, mode: undefined })
  }

  #wrote(
    { belief }: ClientLock,
    write: WriteFact['write'],
    depends: WriteFact['depends'] = 'on nothing',
  ): void {
    this.#setup.history.wrote({ at: this.#setup.now(), belief, write, depends })
  }

  // --- what it is told ----------------------------------------------------------------------------

  granted(lock: ClientLock, pending: PendingCall, event: Completion): void {
    const { history, now } = this.#setup
    const before = event.demoted === true ? 'NL' : lock.granted
    lock.granted = event.mode
    lock.range = event.range
    if (pending.persistent !== undefined) lock.persistent = pending.persistent
    if (!lock.unlocking) {
      lock.belief.mode = event.mode
      lock.belief.range = event.range
    }
    history.granted({
      at: now(),
      calledAt: pending.calledAt,
      belief: lock.belief,
      before,
      token: event.token,
      value: event.value,
      adopted: pending.kind === 'adopt',
    })
  }

  /** A call came to nothing. What is still held is told, except by a refusal, which changes nothing. */
  failed(lock: ClientLock, pending: PendingCall, event: Completion): void {
    const { history, now } = this.#setup
    this.waitsNoMore(lock)
    if (pending.kind === 'adopt') history.adopting(lock.belief, 'failed')
    const isRefused = event.outcome === 'refused'
    const mode = isRefused ? lock.granted : event.mode
    // Whether it came as far as the queue, and took its terms over there, is not told.
    const named = pending.persistent !== undefined && pending.persistent !== lock.persistent
    if (named && !isRefused) lock.persistent = undefined
    if (mode === undefined && !lock.unlocking) this.drop(lock)
    else if (mode !== undefined && lock.granted !== undefined) {
      lock.granted = mode
      if (!isRefused) lock.range = event.range
      if (lock.unlocking) return
      lock.belief.mode = mode
      lock.belief.range = lock.range
      history.kept({ at: now(), belief: lock.belief })
    }
  }

  drop(lock: ClientLock): void {
    this.locks.delete(lock.lock)
    this.yields(lock, undefined, undefined)
  }

  /** The session has ended, or the client itself. Persistent locks stay, and all that they are below. */
  end(incarnation: Incarnation): void {
    const { history, now } = this.#setup
    const at = now()
    const staying = this.#staying()
    for (const lock of this.locks.values()) {
      const { belief, pending } = lock
      const { mode } = belief
      this.waitsNoMore(lock)
      if (pending?.kind === 'adopt') history.adopting(belief, 'unheard')
      const certain = staying.get(lock)
      const orphan = { ...belief }
      belief.mode = undefined
      if (certain === undefined) history.lost({ at, belief, mode })
      else history.orphaned({ at, belief: orphan, former: belief, certain, incarnation })
    }
    this.locks.clear()
  }

  /** What stays, and whether that is certain. */
  #staying(): ReadonlyMap<ClientLock, boolean> {
    const staying = new Map<ClientLock, boolean>()
    for (const lock of this.locks.values()) {
      if (lock.persistent === false) continue
      const isSettled = lock.belief.mode !== undefined && lock.pending === undefined
      let certain = lock.persistent === true && isSettled && !lock.unlocking
      for (let one: ClientLock | undefined = lock; one !== undefined; one = one.parent) {
        certain &&= one.belief.mode !== undefined && one.pending === undefined && !one.unlocking
        staying.set(one, certain || staying.get(one) === true)
      }
    }
    return staying
  }
}

function alternatesOf({ alternatePR, alternateCW }: ConvertOptions): readonly LockMode[] {
  return [
    ...(alternatePR === true ? (['PR'] as const) : []),
    ...(alternateCW === true ? (['CW'] as const) : []),
  ]
}
