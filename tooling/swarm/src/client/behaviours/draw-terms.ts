/** Terms of calls, such as are allowed together, each as often as the world has it. */
import type { LockMode, LockRange } from '@holdfast/lock-engine/messages'
import type { Random } from '@holdfast/primitives'
import { mayWriteValue, weakerOf } from '../../checkers/lock-modes.ts'
import { contains } from '../../parts.ts'
import type { ClientLock, ConvertOptions, RequestOptions } from '../contract.ts'
import type { TermName, WorkloadOptions } from './workload.ts'

type Terms = Pick<
  RequestOptions,
  | 'noQueue'
  | 'tellHolders'
  | 'atHead'
  | 'anyOrder'
  | 'alternatePR'
  | 'alternateCW'
  | 'noDeadlockWait'
  | 'noDeadlockBlock'
  | 'persistent'
  | 'priority'
  | 'timeoutMs'
  | 'range'
>

const owners = ['red', 'blue']

export function drawRequest(
  options: WorkloadOptions,
  random: Random,
): Omit<RequestOptions, 'resource'> {
  const mode = random.pick(options.modes)
  const chance = (share: number): boolean => random.chance(share, 100)
  const expedite = mode === 'NL' && chance(options.terms.expedite)
  const terms = expedite ? { noQueue: false } : drawTerms(options, random, mode)
  return {
    mode,
    useValue: chance(options.useValueShare),
    notify: chance(options.notifyShare),
    ...terms,
    ...(expedite ? { expedite } : {}),
    ...drawParty(options, random),
    ...(chance(options.terms.masterHere) ? { masterHere: true } : {}),
  }
}

/** A conversion of a granted lock to that mode. */
export function drawConversion(
  options: WorkloadOptions,
  random: Random,
  lock: ClientLock & { readonly granted: LockMode },
  mode: LockMode,
): Omit<ConvertOptions, 'value'> {
  const chance = (share: number): boolean => random.chance(share, 100)
  const range = chance(options.rangeShare) ? drawRange(random, lock.range) : undefined
  const part = range === undefined ? {} : { range }
  const inside = range === undefined || contains(lock.range, range)
  const weaker = weakerOf(lock.granted, mode) === mode
  const invalidate = mayWriteValue(lock.granted) && chance(options.invalidateShare)
  const spoils = invalidate && weaker && mode !== 'EX' ? { invalidate } : {}
  // A conversion that never waits takes no terms of waiting.
  if (weaker && inside) return { mode, noQueue: false, queueFair: false, ...part, ...spoils }
  const { range: _drawn, ...terms } = drawTerms(options, random, mode)
  const demote = !terms.noQueue && chance(options.terms.demote) ? { demote: true } : {}
  // A conversion that keeps to no order and asked for its turn stays queued: known, and left out.
  const queueFair = terms.anyOrder !== true && chance(options.queueFairShare)
  return { mode, queueFair, ...terms, ...demote, ...part }
}

function drawTerms(options: WorkloadOptions, random: Random, mode: LockMode): Terms {
  const has = (name: TermName): boolean => random.chance(options.terms[name], 100)
  const flag = <Name extends TermName>(name: Name): Partial<Record<Name, true>> =>
    has(name) ? ({ [name]: true } as Partial<Record<Name, true>>) : {}
  const noQueue = random.chance(options.noQueueShare, 100)
  const range = random.chance(options.rangeShare, 100)
    ? { range: drawRange(random, undefined) }
    : {}
  const timeout = has('timeoutMs') ? { timeoutMs: 1 + random.below(400) } : {}
  const waits = noQueue ? flag('tellHolders') : { ...flag('atHead'), ...timeout }
  return {
    noQueue,
    ...waits,
    ...range,
    ...flag('anyOrder'),
    ...(mode === 'PR' ? {} : flag('alternatePR')),
    ...(mode === 'CW' ? {} : flag('alternateCW')),
    ...flag('noDeadlockWait'),
    ...flag('noDeadlockBlock'),
    ...(has('persistent') ? { persistent: true } : {}),
    ...(has('priority') ? { priority: random.below(256) } : {}),
  }
}

function drawParty(options: WorkloadOptions, random: Random): { owner?: string; alone?: true } {
  if (random.chance(options.ownerShare, 100)) return { owner: random.pick(owners) }
  return random.chance(options.aloneShare, 100) ? { alone: true } : {}
}

const LAST = 2n ** 64n - 1n

/** A part of a resource: small ones that touch and overlap, ends of 64 bits, and changes of another. */
function drawRange(random: Random, from: LockRange | undefined): LockRange {
  if (from !== undefined && random.chance(3, 4)) return moved(random, from)
  const start = BigInt(random.below(8) * 10)
  const length = BigInt(random.pick([1, 10, 10, 20, 40]))
  const low = { start, end: start + length - 1n }
  return random.chance(7, 8) ? low : { start: LAST - low.end, end: LAST - low.start }
}

function moved(random: Random, { start, end }: LockRange): LockRange {
  const half = (end - start) / 2n
  const length = end - start + 1n
  const middle = start + half
  switch (random.below(5)) {
    case 0:
      return { start, end: middle }
    case 1:
      return { start: middle, end }
    case 2:
      return end + length > LAST ? { start, end } : { start: end + 1n, end: end + length }
    case 3:
      return end + length > LAST ? { start, end } : { start, end: end + length }
    default:
      return middle + length > LAST ? { start, end } : { start: middle, end: middle + length - 1n }
  }
}
