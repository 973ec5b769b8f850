import type {
  LockMode,
  LockRange,
  NumberlessCall,
  RawEvent,
  RawSession,
} from '@holdfast/client/raw-session'
import { nearestName } from '@holdfast/primitives'
import { Fault } from './fault.ts'
import type { Names } from './names.ts'

/** A session of the shell. */
export interface SessionEntry {
  readonly label: string
  readonly raw: RawSession
  /** Locks by the numbers that the session gave them; also those that are gone. */
  readonly locks: Map<number, LockEntry>
  /** Calls that have no answer yet, by their numbers. */
  readonly unanswered: Set<number>
}

/** What the shell knows of a lock from the calls and their answers. */
export interface LockEntry {
  readonly label: string
  readonly session: SessionEntry
  readonly number: number
  readonly space: string
  readonly name: string
  readonly parent?: string
  mode?: LockMode
  range?: LockRange
  token?: bigint
  /** Calls without an answer, by their numbers. */
  readonly pending: Map<number, NumberlessCall>
  /** What somebody waited for when the lock was last told. */
  told?: LockMode
}

/** The sessions and locks of one shell. It has no IO. */
export class World {
  readonly space: string
  readonly sessions: Map<string, SessionEntry> = new Map()
  /** By name; a lock that is gone keeps its name until another one takes it. */
  readonly locks: Map<string, LockEntry> = new Map()
  /** Names of nodes that a report showed. */
  readonly nodes: Set<string> = new Set()
  current: SessionEntry | undefined

  constructor(space: string) {
    this.space = space
  }

  /** Throws a `Fault` when there is no such session. */
  session(label: string): SessionEntry {
    const found = this.sessions.get(label)
    if (found !== undefined) return found
    throw unknown('session', label, [...this.sessions.keys()])
  }

  /** Throws a `Fault` when there is no such lock, or none any more. */
  lock(label: string): LockEntry {
    const found = this.locks.get(label)
    if (found !== undefined) return found
    const living = [...this.locks.values()].filter((lock) => !isGone(lock))
    const none = this.locks.size === 0 ? 'there is no lock yet' : 'there is none any more'
    throw unknown(
      'lock',
      label,
      living.map((lock) => lock.label),
      none,
    )
  }

  /** What names stand for in a line that is about this session, or about none. */
  names(session: SessionEntry | undefined): Names {
    const world = this
    return {
      space: this.space,
      lock(label) {
        const lock = world.lock(label)
        if (lock.session === session) return lock.number
        throw new Fault(`lock ${label} is of session ${lock.session.label}, not of this one`)
      },
      anyLock: (label) => world.lock(label).number,
      newLock(label) {
        const old = world.locks.get(label)
        if (old === undefined || isGone(old)) return nextNumber(session)
        throw new Fault(`there is a lock ${label} already; unlock it, or take another name`)
      },
      lockName: (number) => session?.locks.get(number)?.label ?? String(number),
      lockOf: (lock) => world.#nameOf(lock),
      session: (label) => world.session(label).label,
      sessionId: (text) => world.sessions.get(text)?.raw.opened.session ?? text,
      locks: [...this.locks.keys()],
      sessions: [...this.sessions.keys()],
      nodes: [...this.nodes],
    }
  }

  /** Notes a call that was sent; `label` is the name of its lock. */
  onSent(
    session: SessionEntry,
    call: NumberlessCall,
    sent: { number: number; label?: string },
  ): void {
    session.unanswered.add(sent.number)
    if (!('lock' in call)) return
    if ((call.kind === 'request' || call.kind === 'adopt') && sent.label !== undefined) {
      const { space, name } = call.resource
      const parent = call.parent === undefined ? undefined : session.locks.get(call.parent)?.label
      const lock: LockEntry = {
        label: sent.label,
        session,
        number: call.lock,
        space,
        name,
        pending: new Map(),
        ...(parent === undefined ? {} : { parent }),
      }
      session.locks.set(call.lock, lock)
      this.locks.set(sent.label, lock)
    }
    session.locks.get(call.lock)?.pending.set(sent.number, call)
  }

  /** Notes an event. Gives the lock that it is about. */
  onEvent(session: SessionEntry, event: RawEvent): LockEntry | undefined {
    if ('call' in event) session.unanswered.delete(event.call)
    if (event.kind === 'report') this.#learnNodes(event)
    if (event.kind === 'completion') return onCompletion(session, event)
    if (event.kind !== 'blocking' && event.kind !== 'lost') return undefined
    const lock = session.locks.get(event.lock)
    if (lock === undefined) return undefined
    if (event.kind === 'blocking') lock.told = event.mode
    else forget(lock)
    return lock
  }

  #learnNodes({ status }: Extract<RawEvent, { kind: 'report' }>): void {
    for (const { node } of status?.members ?? []) this.nodes.add(node)
  }

  #nameOf({ node, session, lock }: Parameters<Names['lockOf']>[0]): string {
    // Reports name a session by its node and the node's number of it, in two fields.
    const id = `${node}/${session}`
    const own = [...this.sessions.values()].find(({ raw }) => raw.opened.session === id)
    return own?.locks.get(lock)?.label ?? `${id}#${lock}`
  }
}

/** Nothing held and nothing asked for. */
export function isGone({ mode, pending }: LockEntry): boolean {
  return mode === undefined && pending.size === 0
}

function nextNumber(session: SessionEntry | undefined): number {
  return (session?.locks.size ?? 0) + 1
}

type Completion = Extract<RawEvent, { kind: 'completion' }>

function onCompletion(session: SessionEntry, event: Completion): LockEntry | undefined {
  const lock = session.locks.get(event.lock)
  if (lock === undefined) return undefined
  const call = lock.pending.get(event.call)
  lock.pending.delete(event.call)
  for (const number of event.also ?? []) {
    const other = session.locks.get(number)
    if (event.outcome === 'unlocked' && other !== undefined) forget(other)
  }
  const isKept = call?.kind === 'unlock' && call.subtree === 'below'
  if (event.outcome === 'unlocked' && call?.kind !== 'cancel' && !isKept) forget(lock)
  if (event.outcome === 'lost') forget(lock)
  if (event.outcome === 'granted' || event.mode !== undefined) onHeld(lock, event)
  return lock
}

function onHeld(lock: LockEntry, { mode, range, token, outcome }: Completion): void {
  if (mode !== undefined) lock.mode = mode
  if (outcome !== 'granted') return
  delete lock.told
  if (range === undefined) delete lock.range
  else lock.range = range
  if (token === undefined) delete lock.token
  else lock.token = token
}

function forget(lock: LockEntry): void {
  delete lock.mode
  delete lock.range
  delete lock.token
  delete lock.told
}

function unknown(
  sort: string,
  label: string,
  known: readonly string[],
  none = `there is no ${sort} yet`,
): Fault {
  const nearest = nearestName(label, known)
  if (nearest !== undefined)
    return new Fault(`no ${sort} is called ${label}; did you mean ${nearest}?`)
  const others = known.length === 0 ? none : `there are ${known.join(', ')}`
  return new Fault(`no ${sort} is called ${label}; ${others}`)
}
