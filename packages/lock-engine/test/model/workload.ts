/** Random calls, recorded as plain steps so that a failing run can be cut down and played again. */
import type { Random } from '@holdfast/primitives'
import type { LockCall } from '../../src/index.ts'
import type { LockMode } from '../../src/messages.ts'
import { modes, valueCell } from '../harness/specification.ts'
import type { Entry } from './reference-table.ts'

/** `session` is a place, numbered from 0; a closed session's place is taken by a fresh one. */
export type Step =
  | { readonly kind: 'close'; readonly session: number }
  | { readonly kind: 'call'; readonly session: number; readonly call: DistributiveOmit<LockCall> }

type DistributiveOmit<Call> = Call extends { call: number } ? Omit<Call, 'call'> : never

export interface WorkloadOptions {
  readonly sessions: number
  readonly resources: number
  /** A step in so many closes a session; 0: none does. */
  readonly closeEvery: number
}

export function drawStep(
  random: Random,
  options: WorkloadOptions,
  locks: readonly (Entry & { readonly place: number })[],
  nextLock: number,
): Step {
  const session = random.below(options.sessions)
  if (options.closeEvery > 0 && random.chance(1, options.closeEvery))
    return { kind: 'close', session }
  const mine = locks.filter((entry) => entry.place === session)
  const wantsNew = mine.length === 0 || (mine.length < 6 && random.chance(2, 5))
  const call = wantsNew
    ? drawRequest(random, options, nextLock)
    : drawFor(random, random.pick(mine), nextLock)
  return { kind: 'call', session, call }
}

function drawRequest(
  random: Random,
  options: WorkloadOptions,
  lock: number,
): DistributiveOmit<LockCall> {
  return {
    kind: 'request',
    alone: true,
    lock,
    resource: { space: 'test', name: `r${random.below(options.resources)}` },
    mode: drawMode(random),
    noQueue: random.chance(1, 5),
    useValue: random.chance(1, 2),
    notify: random.chance(1, 2),
  }
}

function drawFor(random: Random, entry: Entry, stamp: number): DistributiveOmit<LockCall> {
  const { lock, granted, pending } = entry
  const bytes = new TextEncoder().encode(`v${stamp}`)
  const draw = random.below(10)
  if (pending !== undefined && draw < 4) return { kind: 'cancel', lock }
  if (draw < 4) {
    const withValue = random.below(4)
    if (withValue === 0) return { kind: 'unlock', lock, value: bytes }
    return withValue === 1 ? { kind: 'unlock', lock, invalidate: true } : { kind: 'unlock', lock }
  }
  if (draw === 4 && random.chance(1, 10)) return { kind: 'cancel', lock }
  const mode = drawMode(random)
  const useValue = random.chance(1, 2)
  const writes = granted !== undefined && valueCell(granted, mode) === 'W'
  const value = useValue && writes && !random.chance(1, 20) ? { value: bytes } : {}
  return {
    kind: 'convert',
    lock,
    mode,
    noQueue: random.chance(1, 5),
    queueFair: random.chance(1, 4),
    useValue,
    ...value,
  }
}

function drawMode(random: Random): LockMode {
  return random.pick(modes)
}
