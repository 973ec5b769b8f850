/**
 * One lockspace on one node.
 *
 * A node on which a session has the lockspace open holds one lock for it, in PR, on a resource of
 * the reserved lockspace ''. The value block of that resource has the attributes. So the master of
 * the resource decides who comes first, and PR holders carry the attributes over the death of
 * any node.
 *
 *           EX, noQueue              written
 *   closed ──► creating ──► writing ─────────► open ──► releasing ──► closed
 *                 │ denied   ▲          valid │            ▲
 *                 ▼          │ EX             │            │
 *              joining ──────┼────────────────┘            │
 *                 │ no value │                             │
 *                 └──► repairing ──────────────────────────┘ and again
 *                                  deadlock
 *
 * There is no value when the creator died before it wrote, or never meant to write. Those who waited
 * for it then hold PR together. Each asks for EX: one waits for the others to go, and they learn from
 * the conversion deadlock at once that they must. To go and ask anew without that can last for ever:
 * whoever is near the master is back before the others have gone.
 *
 * Invariants:
 *   S1  Whoever has the lockspace open holds PR, and the value has been valid ever since.
 *   S2  Whoever had EX and wrote nothing leaves no value. A new lock in EX finds none, because it is
 *       granted only while nobody has a lock, and a value lives as long as a lock; a converted one
 *       found none; and a lost one leaves a value that is not valid.
 *   S3  In every state but `closed` and `open`, exactly one internal call is under way.
 *
 * So a value that a joiner reads is that of a lockspace which was open while the joiner waited; and
 * when it reads none, nobody had it open.
 */
import type { LockCall, SessionCall, SessionEvent, SpaceAttributes } from '../messages.ts'
import { refusalOf } from '../messages.ts'
import {
  decodeAttributes,
  defaultAttributes,
  differences,
  encodeAttributes,
  withDefaults,
} from './attributes.ts'

export type OpenCall = Extract<SessionCall, { readonly kind: 'open-space' }>
export type LeaveCall = Extract<SessionCall, { readonly kind: 'leave-space' }>
type Completion = Extract<SessionEvent, { readonly kind: 'completion' }>
type Value = Completion['value']

/** What all lockspaces of a node share. */
export interface SpaceHost {
  /** A number for a call or a lock of session 0: rises, and is never used again. */
  nextNumber(): number
  /** Makes a call of session 0 whose completion this space hears. The last thing that a step does. */
  call(space: Space, call: LockCall): void
  event(session: number, event: SessionEvent): void
  /** A session wants `recovery` events from now on. */
  listens(session: number, space: Space): void
  /** Nobody has it open, and nobody wants to. */
  closed(space: Space): void
}

interface Opener {
  readonly session: number
  readonly call: OpenCall
}

export class Space {
  readonly name: string
  readonly #host: SpaceHost
  #state: 'closed' | 'creating' | 'joining' | 'repairing' | 'writing' | 'open' | 'releasing' =
    'closed'
  #attributes = defaultAttributes
  /** Sessions that have it open, and whether they want `recovery` events. */
  readonly #members = new Map<number, { readonly lifecycle: boolean }>()
  #openers: Opener[] = []
  /** Whose attributes are being written. */
  #creator: Opener | undefined
  /** Calls of the last session to leave: answered when this node has given its lock up. */
  #leavers: { readonly session: number; readonly call: number }[] = []
  #lock = 0

  constructor(name: string, host: SpaceHost) {
    this.name = name
    this.#host = host
  }

  get openerCount(): number {
    return this.#openers.length
  }

  /** What it is like; the defaults while nobody here has it open. */
  get attributes(): SpaceAttributes {
    return this.#state === 'open' ? this.#attributes : defaultAttributes
  }

  has(session: number): boolean {
    return this.#members.has(session)
  }

  /** Those that want `recovery` events. */
  *listeners(): Iterable<number> {
    for (const [session, { lifecycle }] of this.#members) if (lifecycle) yield session
  }

  // --- sessions -----------------------------------------------------------------------------------

  open(session: number, call: OpenCall): void {
    this.#openers.push({ session, call })
    if (this.#state === 'open') this.#admitAll()
    else if (this.#state === 'closed') this.#create()
  }

  leave(session: number, call: number): void {
    this.#members.delete(session)
    if (this.#members.size > 0) this.#sayLeft(session, call)
    else {
      this.#leavers.push({ session, call })
      this.#release()
    }
  }

  sessionEnded(session: number): void {
    this.#openers = this.#openers.filter((opener) => opener.session !== session)
    this.#leavers = this.#leavers.filter((leaver) => leaver.session !== session)
    if (this.#creator?.session === session) this.#creator = undefined
    const wasMember = this.#members.delete(session)
    if (wasMember && this.#members.size === 0) this.#release()
  }

  #sayLeft(session: number, call: number): void {
    this.#host.event(session, { kind: 'space', call, space: this.name, outcome: 'left' })
  }

  // --- the lock of this node ----------------------------------------------------------------------

  onCompletion(completion: Completion): void {
    const { outcome, value } = completion
    const isGranted = outcome === 'granted'
    if (this.#state === 'releasing') this.#onReleased()
    else if (this.#state === 'creating' && isGranted) this.#onAlone()
    else if (this.#state === 'creating' && outcome === 'denied') this.#join()
    else if (this.#state === 'joining' && isGranted) this.#onJoined(value)
    else if (this.#state === 'repairing' && isGranted) this.#onAlone()
    else if (this.#state === 'repairing' && outcome === 'deadlock') this.#release()
    else if (this.#state === 'writing' && isGranted) this.#onWritten()
    else this.#onFailed(completion)
  }

  /** Only one at a time gets this far, and only while nobody has the lockspace open. */
  #create(): void {
    this.#state = 'creating'
    this.#request('EX')
  }

  /** Waits for a creator to write, if one is at it. */
  #join(): void {
    this.#state = 'joining'
    this.#request('PR')
  }

  /** Each lock is a party of its own: that this node waits in one lockspace is no reason to wait in another. */
  #request(mode: 'EX' | 'PR'): void {
    this.#lock = this.#host.nextNumber()
    this.#host.call(this, {
      kind: 'request',
      call: this.#host.nextNumber(),
      lock: this.#lock,
      resource: { space: '', name: this.name },
      mode,
      noQueue: mode === 'EX',
      useValue: true,
      notify: false,
      alone: true,
    })
  }

  #onAlone(): void {
    this.#refuseExisting()
    this.#creator = this.#openers.shift()
    if (this.#creator === undefined)
      this.#release() // S2
    else this.#write(withDefaults(this.#creator.call.attributes ?? {}))
  }

  #write(attributes: SpaceAttributes): void {
    this.#state = 'writing'
    this.#attributes = attributes
    this.#convert('PR', { value: encodeAttributes(attributes) })
  }

  #convert(mode: 'EX' | 'PR', value: { readonly value?: Uint8Array }): void {
    const call = this.#host.nextNumber()
    const how = { noQueue: false, queueFair: false, useValue: true, ...value }
    this.#host.call(this, { kind: 'convert', call, lock: this.#lock, mode, ...how })
  }

  #onWritten(): void {
    const creator = this.#creator
    this.#creator = undefined
    this.#state = 'open'
    if (creator !== undefined) this.#enter(creator)
    this.#admitAll()
  }

  #onJoined(value: Value): void {
    if (value?.valid !== true || value.bytes.length === 0) {
      this.#repair()
      return
    }
    const attributes = decodeAttributes(value.bytes)
    if (typeof attributes === 'string') {
      this.#refuseAll(`somebody has this lockspace open, but ${attributes}`)
      this.#release()
      return
    }
    this.#attributes = attributes
    this.#state = 'open'
    this.#admitAll()
  }

  /** Whoever was about to create it did not: somebody of those who waited has to. */
  #repair(): void {
    this.#refuseExisting()
    if (this.#openers.length === 0) this.#release()
    else {
      this.#state = 'repairing'
      this.#convert('EX', {})
    }
  }

  #onFailed({ outcome, reason = outcome, mode }: Completion): void {
    if (this.#creator !== undefined) this.#openers.unshift(this.#creator)
    this.#creator = undefined
    this.#refuseAll(`this lockspace could not be opened: ${reason}`)
    if (mode === undefined) this.#onReleased()
    else this.#release() // S2
  }

  #release(): void {
    this.#state = 'releasing'
    const call = this.#host.nextNumber()
    this.#host.call(this, { kind: 'unlock', call, lock: this.#lock })
  }

  #onReleased(): void {
    this.#state = 'closed'
    for (const { session, call } of this.#leavers) this.#sayLeft(session, call)
    this.#leavers = []
    if (this.#openers.length > 0) this.#create()
    else this.#host.closed(this)
  }

  // --- who may come in ----------------------------------------------------------------------------

  #admitAll(): void {
    const openers = this.#openers
    this.#openers = []
    for (const opener of openers) this.#admit(opener)
    if (this.#members.size === 0) this.#release()
  }

  #admit(opener: Opener): void {
    const { call } = opener
    const different = differences(call.attributes ?? {}, this.#attributes)
    if (call.create === 'new') {
      this.#refuse(opener, 'somebody has this lockspace open already, and it was to be new')
    } else if (different !== undefined) {
      this.#refuse(opener, `this lockspace is open with other attributes: ${different}`)
    } else this.#enter(opener)
  }

  /** Who wanted `recovery` events once gets them until it leaves. */
  #enter({ session, call: { call, lifecycle = false } }: Opener): void {
    const listened = this.#members.get(session)?.lifecycle === true
    this.#members.set(session, { lifecycle: lifecycle || listened })
    this.#host.event(session, {
      kind: 'space',
      call,
      space: this.name,
      outcome: 'opened',
      attributes: this.#attributes,
    })
    if (lifecycle && !listened) this.#host.listens(session, this)
  }

  /** Nobody had the lockspace open when those who came first were answered. */
  #refuseExisting(): void {
    while (this.#openers[0]?.call.create === 'existing') {
      const opener = this.#openers.shift()
      if (opener !== undefined) this.#refuse(opener, 'nobody has this lockspace open')
    }
  }

  #refuseAll(reason: string): void {
    for (const opener of this.#openers) this.#refuse(opener, reason)
    this.#openers = []
  }

  #refuse({ session, call }: Opener, reason: string): void {
    this.#host.event(session, refusalOf(call, reason))
  }
}
