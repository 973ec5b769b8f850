/** Queries of this node's sessions: the members are asked one after the other, or this node alone. */
import type { NodeId } from '@holdfast/primitives'
import type { Core } from '../core.ts'
import { type LockReport, refusalOf } from '../messages.ts'
import { rootOf } from '../resource-key.ts'
import { reportOf } from './lock-report.ts'
import type { NodeNames } from './node-names.ts'
import {
  changedSince,
  type Place,
  type QueryCall,
  readQuery,
  type Wanted,
  writePlace,
} from './query-call.ts'
import type { QueryMessage, ToldLock } from './query-messages.ts'

type Told = Extract<QueryMessage, { readonly kind: 'query-told' }>

interface Pending {
  readonly session: number
  readonly call: QueryCall
  readonly wanted: Wanted
  /** The page so far. */
  readonly locks: LockReport[]
  /** The member that is being asked. */
  member: NodeId
  partial: boolean
  /** Answers in a row that had no lock and asked to go on. */
  empty: number
}

/** An honest node has looked at so many locks by then that it has no more. */
const emptyAnswersMax = 1_000
const endless =
  'a node answers again and again that it has found nothing yet: query the others by name'
const scanGone = 'the node has given this scan up, or it was gone on with before: begin again'

export class Asking {
  readonly #core: Core
  readonly #names: NodeNames
  readonly #send: (to: NodeId, message: QueryMessage) => void
  readonly #pending = new Map<number, Pending>()
  /** Members, by rising id. */
  #members: readonly NodeId[] = []
  #asks = 0

  constructor(core: Core, names: NodeNames, send: (to: NodeId, message: QueryMessage) => void) {
    this.#core = core
    this.#names = names
    this.#send = send
  }

  install(): void {
    const { members } = this.#core.view
    this.#members = members.map(({ id }) => id).sort((a, b) => a - b)
    for (const pending of this.#pending.values()) this.#refuse(pending, changedSince)
    this.#pending.clear()
  }

  sessionEnded(session: number): void {
    for (const [ask, pending] of this.#pending) {
      if (pending.session === session) this.#pending.delete(ask)
    }
  }

  call(session: number, call: QueryCall): void {
    const { view, limits } = this.#core
    const wanted = readQuery(call, view.epoch, this.#names)
    const isFull = this.#pending.size >= limits.queriesMax
    if (typeof wanted === 'string') {
      this.#refuse({ session, call }, wanted)
      return
    }
    const member = wanted.isHere ? view.self : this.#memberFrom(wanted.after?.member ?? 0)
    if (isFull) {
      const reason = `this node makes ${limits.queriesMax} queries already: try again later`
      this.#refuse({ session, call }, reason)
    } else if (member === undefined || (wanted.after && wanted.after.member !== member)) {
      this.#refuse({ session, call }, '`after` is not the `next` of a report')
    } else {
      const pending = { session, call, wanted, locks: [], member, partial: false, empty: 0 }
      this.#ask(pending, wanted.after?.scan ?? 0)
    }
  }

  #refuse({ session, call }: Pick<Pending, 'session' | 'call'>, reason: string): void {
    this.#core.event(session, refusalOf(call, reason))
  }

  /** The first member with that id or a higher one. */
  #memberFrom(least: NodeId): NodeId | undefined {
    return this.#members.find((id) => id >= least)
  }

  #ask(pending: Pending, scan: number): void {
    this.#asks += 1
    const ask = this.#asks
    const { member, wanted, locks } = pending
    this.#pending.set(ask, pending)
    this.#send(member, {
      kind: 'query-ask',
      ask,
      filter: wanted.filter,
      ...(scan === 0 ? {} : { scan }),
      limit: wanted.limit - locks.length,
    })
  }

  onTold(from: NodeId, { ask, locks, scan, gone, partial }: Told): void {
    const pending = this.#pending.get(ask)
    if (pending === undefined || pending.member !== from) return
    this.#pending.delete(ask)
    if (gone === true) {
      this.#refuse(pending, scanGone)
      return
    }
    pending.empty = locks.length === 0 && scan !== undefined ? pending.empty + 1 : 0
    if (pending.empty > emptyAnswersMax) {
      this.#refuse(pending, endless)
      return
    }
    const room = pending.wanted.limit - pending.locks.length
    for (const told of locks.slice(0, room)) pending.locks.push(this.#report(from, told))
    if (partial === true) pending.partial = true
    this.#goOn(pending, this.#nextPlace(pending, scan))
  }

  #nextPlace({ member, wanted }: Pending, scan: number | undefined): Place | undefined {
    if (scan !== undefined) return { member, scan }
    if (wanted.isHere) return undefined
    const next = this.#memberFrom(member + 1)
    return next === undefined ? undefined : { member: next, scan: 0 }
  }

  #goOn(pending: Pending, place: Place | undefined): void {
    const { session, call, wanted, locks, partial } = pending
    if (place !== undefined && locks.length < wanted.limit) {
      pending.member = place.member
      this.#ask(pending, place.scan)
      return
    }
    const { epoch } = this.#core.view
    this.#core.event(session, {
      kind: 'report',
      call: call.call,
      locks,
      ...(place === undefined ? {} : { next: writePlace(epoch, place) }),
      ...(partial ? { partial } : {}),
    })
  }

  #report(from: NodeId, told: ToldLock): LockReport {
    const master = this.#names.nameOf(from)
    const directory = this.#names.nameOf(this.#core.directoryOf(rootOf(told.key)))
    return reportOf(told, { master, directory }, this.#names)
  }
}
