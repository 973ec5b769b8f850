/** One resource, `r`, for tables of calls: where it is mastered, and who asks for it. */
import type { NodeId } from '@holdfast/primitives'
import type { LockCall, LockMode } from '../../src/messages.ts'
import type { Words } from '../checks/calls.ts'
import type { Lock, Seat } from '../checks/stage.ts'
import { Stage } from '../checks/stage.ts'
import type { Completion } from '../harness/world.ts'
import { bytesOf, textOf } from '../harness/world.ts'

export interface Place {
  readonly where: string
  /** Where a lock in NL came first and made its node the master. */
  readonly anchor: NodeId
  /** Where the locks of the table are. */
  readonly home: NodeId
  /** Where the locks beside them are. */
  readonly beside: NodeId
}

export const atTheMaster: Place = { where: 'at the master', anchor: 1, home: 1, beside: 2 }
export const awayFromIt: Place = { where: 'away from the master', anchor: 1, home: 2, beside: 1 }
/** Its anchor is on a node of its own, which `takeOver` kills. */
export const takenOver: Place = { where: 'after a takeover', anchor: 3, home: 2, beside: 1 }

export type RequestFlags = Partial<
  Omit<Extract<LockCall, { kind: 'request' }>, 'kind' | 'call' | 'lock' | 'mode'>
>
export type ConvertFlags = Partial<
  Omit<Extract<LockCall, { kind: 'convert' }>, 'kind' | 'call' | 'lock' | 'mode'>
>
export type UnlockFlags = Partial<
  Omit<Extract<LockCall, { kind: 'unlock' }>, 'kind' | 'call' | 'lock'>
>

export class Bench {
  readonly stage = new Stage(3)
  readonly place: Place
  /** A lock in NL on `r`: it keeps the value, and reads it. */
  readonly anchor: Lock

  constructor(place: Place = awayFromIt) {
    this.place = place
    this.anchor = this.request('NL', {}, this.open(place.anchor))
  }

  /** A session: each of those that are to conflict needs one of its own. */
  open(node: NodeId): Seat {
    return this.stage.open(`session-${this.stage.seats.length + 1}`, node)
  }

  /** The node of the anchor dies, if it has nothing else to do. */
  takeOver(): void {
    const { anchor, home, beside } = this.place
    if (anchor !== home && anchor !== beside) this.stage.kill(anchor)
  }

  /** By a new session at home, and with all that follows from it. */
  request(mode: LockMode, flags: RequestFlags = {}, seat = this.open(this.place.home)): Lock {
    const lock = this.add(seat, flags)
    this.give(seat, requestWords(lock, mode, flags))
    return lock
  }

  requestBeside(mode: LockMode, flags: RequestFlags = {}): Lock {
    return this.request(mode, flags, this.open(this.place.beside))
  }

  add(seat: Seat, { owner, resource, parent }: RequestFlags = {}): Lock {
    const above = parent === undefined ? [] : (seat.locks[parent - 1]?.path ?? [])
    const path = [...above, resource?.name ?? 'r']
    return this.stage.add(seat, { name: `lock-${this.stage.locks.length + 1}`, path, owner })
  }

  convert(lock: Lock, mode: LockMode, flags: ConvertFlags = {}): Completion | undefined {
    return this.give(lock.seat, convertWords(lock, mode, flags))
  }

  unlock({ seat, number }: Lock, flags: UnlockFlags = {}): Completion | undefined {
    return this.give(seat, { kind: 'unlock', lock: number, ...flags })
  }

  /** How the call ended, when all messages have been delivered; nothing while it is pending. */
  give(seat: Seat, words: Words): Completion | undefined {
    const call = this.stage.call(seat, words)
    this.stage.settle()
    return seat.ends.get(call)
  }

  /** A value of its resource, in words, as its anchor reads it. */
  valueNow(): string {
    return valueInWords(this.convert(this.anchor, 'NL', { useValue: true }))
  }

  /** Makes the value block "before", valid, with sequence 1. */
  writeBefore(): void {
    this.unlock(this.request('EX'), { value: bytesOf('before') })
  }
}

export function requestWords(lock: Lock, mode: LockMode, flags: RequestFlags): Words {
  const asked = { resource, noQueue: false, useValue: false, notify: false, ...flags }
  return { kind: 'request', lock: lock.number, mode, ...asked }
}

export function convertWords(lock: Lock, mode: LockMode, flags: ConvertFlags): Words {
  const asked = { noQueue: false, queueFair: false, useValue: false, ...flags }
  return { kind: 'convert', lock: lock.number, mode, ...asked }
}

export const resource = { space: 'test', name: 'r' }

export function range(start: number, end: number): { range: { start: bigint; end: bigint } } {
  return { range: { start: BigInt(start), end: BigInt(end) } }
}

/** The outcome of a call and what is held after it. */
export function inWords(end: Completion | undefined): string {
  if (end === undefined) return 'pending'
  return [end.outcome, end.mode].filter((word) => word !== undefined).join(' ')
}

/** `before #1`, `before #2, not valid`; `untold` for who did not use it. */
export function valueInWords(end: Completion | undefined): string {
  const value = end?.value
  if (value === undefined) return 'untold'
  return `${textOf(value.bytes)} #${value.sequence}${value.valid ? '' : ', not valid'}`
}
