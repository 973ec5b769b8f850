/**
 * The lockspaces that sessions of this node have open. One that nobody has open needs no opening to
 * be used: its attributes are then the defaults.
 *
 * The files: the life of one lockspace in `space.ts`, its attributes in `attributes.ts`, the force
 * levels in `leaving.ts`, what is told of changes of view in `recovery.ts`.
 */
import { nameBytesMax } from '../limits.ts'
import type { LockCall, PlainCall, SessionEvent, SpaceAttributes } from '../messages.ts'
import { refusalOf } from '../messages.ts'
import { attributesFault, defaultAttributes } from './attributes.ts'
import { deepestFirst, leaveFault } from './leaving.ts'
import { defaultSpaceLimits, type SpaceLimits } from './limits.ts'
import type { SpacesPort, SpaceView } from './port.ts'
import { Recovery, type RecoveryNews } from './recovery.ts'
import { type LeaveCall, type OpenCall, Space, type SpaceHost } from './space.ts'

export type SpaceCall = Extract<PlainCall, { readonly kind: 'open-space' | 'leave-space' }>

export class Spaces {
  readonly #port: SpacesPort
  readonly #limits: SpaceLimits
  readonly #host: SpaceHost
  readonly #spaces = new Map<string, Space>()
  /** Whose is which lock of session 0. */
  readonly #byLock = new Map<number, Space>()
  readonly #recovery = new Recovery()
  #numbers = 0

  constructor(port: SpacesPort, limits: Partial<SpaceLimits> = {}) {
    this.#port = port
    this.#limits = { ...defaultSpaceLimits, ...limits }
    this.#host = this.#createHost()
  }

  #createHost(): SpaceHost {
    return {
      nextNumber: () => {
        this.#numbers += 1
        return this.#numbers
      },
      call: (space, call) => this.#callFor(space, call),
      event: (session, event) => this.#port.event(session, event),
      listens: (session, space) => {
        for (const news of this.#recovery.soFar()) this.#tell(session, space, news)
      },
      closed: ({ name }) => this.#spaces.delete(name),
    }
  }

  #callFor(space: Space, call: LockCall): void {
    this.#byLock.set(call.lock, space)
    this.#port.call(call)
  }

  /** Answered by one event `space` or `refused`, now or later. */
  call(session: number, call: SpaceCall): void {
    if (call.kind === 'open-space') this.#open(session, call)
    else this.#leave(session, call)
  }

  #open(session: number, call: OpenCall): void {
    const space = this.#spaces.get(call.space) ?? new Space(call.space, this.#host)
    const fault = openFault(call) ?? this.#roomFault(space)
    if (fault !== undefined) {
      this.#port.event(session, refusalOf(call, fault))
      return
    }
    this.#spaces.set(call.space, space)
    space.open(session, call)
  }

  #roomFault({ name, openerCount }: Space): string | undefined {
    const { spacesMax, openersMax } = this.#limits
    if (!this.#spaces.has(name) && this.#spaces.size >= spacesMax) {
      return `the sessions of this node have ${spacesMax} lockspaces open, and that is the limit`
    }
    if (openerCount >= openersMax) {
      return `${openersMax} calls wait for this lockspace to be opened already: try again`
    }
    return undefined
  }

  #leave(session: number, call: LeaveCall): void {
    const space = this.#spaces.get(call.space)
    if (space?.has(session) !== true) {
      const reason = 'the session does not have this lockspace open'
      this.#port.event(session, refusalOf(call, reason))
      return
    }
    const locks = this.#port.locksOf(session, call.space)
    const fault = leaveFault(call.force, locks)
    if (fault !== undefined) {
      this.#port.event(session, refusalOf(call, fault))
      return
    }
    for (const { lock } of deepestFirst(locks)) {
      this.#port.discard(session, lock)
      this.#port.event(session, { kind: 'lost', lock })
    }
    space.leave(session, call.call)
  }

  /** The session is gone and hears nothing any more. Its locks are the holder table's business. */
  sessionEnded(session: number): void {
    for (const space of [...this.#spaces.values()]) space.sessionEnded(session)
  }

  /** What came of a call of session 0. */
  onInternalEvent(event: SessionEvent): void {
    if (event.kind !== 'completion') return
    const space = this.#byLock.get(event.lock)
    if (event.mode === undefined) this.#byLock.delete(event.lock)
    space?.onCompletion(event)
  }

  /** Nobody of this node has a lockspace open. */
  get areAllDefault(): boolean {
    return this.#spaces.size === 0
  }

  /** What a lockspace is like; the defaults when no session of this node has it open. */
  attributesOf(space: string): SpaceAttributes {
    return this.#spaces.get(space)?.attributes ?? defaultAttributes
  }

  /** The tables have taken a view in: what the lost had is granted to nobody. */
  onInstalled(view: SpaceView): void {
    this.#tellAll(this.#recovery.installed(view))
  }

  /** The installed view is active: the lost have stopped for certain. */
  onActivated(): void {
    this.#tellAll(this.#recovery.activated())
  }

  /** All has been told: everything is granted again. */
  onOpened(): void {
    this.#tellAll(this.#recovery.opened())
  }

  #tellAll(news: RecoveryNews | undefined): void {
    if (news === undefined) return
    for (const space of this.#spaces.values()) {
      for (const session of space.listeners()) this.#tell(session, space, news)
    }
  }

  #tell(session: number, { name }: Space, news: RecoveryNews): void {
    this.#port.event(session, { kind: 'recovery', space: name, ...news })
  }
}

/** What is wrong with a call to open a lockspace, in words; `undefined` when nothing is. */
function openFault({ space, create, attributes = {} }: OpenCall): string | undefined {
  if (!isName(space))
    return `a lockspace is named by 1 to ${nameBytesMax} bytes, each as one character`
  if (create !== undefined && create !== 'new' && create !== 'existing') {
    return `${create} is no way to open a lockspace: create is new or existing`
  }
  return attributesFault(attributes)
}

function isName(space: string): boolean {
  if (space.length === 0 || space.length > nameBytesMax) return false
  return [...space].every((character) => character <= '\u00ff')
}
