/** What the naive table keeps of a lock, and the rules that look at one call or at two locks. */
import type { LockCall, PlainCall } from '../../src/index.ts'
import type { LockMode, LockRange, RefusalCode, ValueCopy } from '../../src/messages.ts'
import { classOf, mayShare, modes, valueCell } from '../harness/specification.ts'

export type CallOf<Kind extends LockCall['kind']> = Extract<LockCall, { readonly kind: Kind }>
export type Asked = CallOf<'request' | 'convert'>
export type Purge = Extract<PlainCall, { readonly kind: 'purge' }>

export interface Pending {
  readonly asked: Asked
  readonly range: LockRange
  /** In its queue, the lowest is the head; before it is queued, the place that it would have. */
  readonly place: number
  readonly queued: boolean
  readonly demoted: boolean
  readonly dueAt: number
}

export interface Lock {
  session: number
  number: number
  node: number
  /** The lockspace and the names from the root down. */
  readonly resource: string
  parent: Lock | undefined
  readonly owner: string | undefined
  alone: boolean
  notify: boolean
  persistent: boolean
  priority: number
  noDeadlockBlock: boolean
  orphan: boolean
  granted: LockMode | undefined
  range: LockRange
  pending: Pending | undefined
  /** The value as it last heard of it. */
  seen: ValueCopy
  /** The rank of the highest mode that it was told and that still counts. */
  told: number
}

/** No name can have it: names are bytes. */
export const separator = '→'
export const allOfIt: LockRange = { start: 0n, end: 2n ** 64n - 1n }

export function resourceOf(call: CallOf<'request' | 'adopt'>, parent: Lock | undefined): string {
  return [parent?.resource ?? call.resource.space, call.resource.name].join(separator)
}

export function rank(mode: LockMode): number {
  return modes.indexOf(mode)
}

/** `holder` holds what conflicts with that mode for the other. */
export function blocks(holder: Lock, other: Lock, mode: LockMode): boolean {
  const { granted, owner, range: held } = holder
  if (holder === other || holder.resource !== other.resource || granted === undefined) return false
  if (owner !== undefined && owner === other.owner) return false
  const range = other.pending?.range ?? other.range
  return held.start <= range.end && range.start <= held.end && !mayShare(granted, mode)
}

export function isSame(a: LockRange, b: LockRange): boolean {
  return a.start === b.start && a.end === b.end
}

export function isWriter(granted: LockMode | undefined): boolean {
  return granted === 'PW' || granted === 'EX'
}

export function alternateOf({ mode, alternatePR, alternateCW }: Asked): LockMode | undefined {
  if (alternatePR && mode !== 'PR') return 'PR'
  return alternateCW && mode !== 'CW' ? 'CW' : undefined
}

// --- what is refused: the table of `calls.md` ---------------------------------------------------------

export function isWrongName(call: CallOf<'request' | 'adopt'>, parent: Lock | undefined): boolean {
  const isName = (name: string): boolean =>
    name.length >= 1 && name.length <= 255 && [...name].every((one) => one <= '\u00ff')
  if (!isName(call.resource.name) || !isName(call.resource.space)) return true
  if (!modes.includes(call.mode) || !/^.{1,64}$/s.test(call.owner ?? 'none')) return true
  const [space, ...path] = resourceOf(call, parent).split(separator) as [string, ...string[]]
  if (path.length > 16 || space.length + path.join('').length > 1_024) return true
  if (call.parent === undefined) return false
  return (
    parent?.granted === undefined || parent.owner !== call.owner || space !== call.resource.space
  )
}

export function isWrongRequest(call: CallOf<'request'>): boolean {
  if (call.expedite && (call.mode !== 'NL' || call.noQueue)) return true
  // The lockspaces of these tests are not mastered by hash.
  return (
    (call.owner !== undefined && call.alone === true) ||
    call.masterHere === true ||
    areWrongTerms(call)
  )
}

function areWrongTerms({ mode, range, priority = 0, timeoutMs, ...call }: Asked): boolean {
  if (call.noQueue ? call.atHead || timeoutMs !== undefined : call.tellHolders) return true
  if ((call.alternatePR && mode === 'PR') || (call.alternateCW && mode === 'CW')) return true
  if (!(priority >= 0 && priority <= 255 && (timeoutMs ?? 1) > 0)) return true
  return range !== undefined && !(range.start <= range.end && isInside(range, allOfIt))
}

function isInside(range: LockRange, outer: LockRange): boolean {
  return outer.start <= range.start && range.end <= outer.end
}

/** Done at once by the holder. */
export function isDown({ granted, range }: Lock, to: LockMode, inside: LockRange): boolean {
  return granted !== undefined && isInside(inside, range) && classOf(granted, to) === 'down'
}

export function isWrongConversion(call: CallOf<'convert'>, lock: Lock): boolean {
  const { granted, pending, range } = lock
  if (granted === undefined || pending !== undefined || !modes.includes(call.mode)) return true
  const isSmaller = isInside(call.range ?? range, range)
  const kind = isSmaller ? classOf(granted, call.mode) : 'up'
  if (call.queueFair && (kind === 'down' || kind === 'same')) return true
  if (kind === 'down' && asksForMore(call)) return true
  return areWrongTerms(call) || (call.noQueue && call.demote) || isWrongValue(call, granted)
}

/** Flags without a sense where nothing is refused and nothing waits. */
function asksForMore(call: CallOf<'convert'>): boolean {
  if (call.atHead || call.anyOrder || call.tellHolders) return true
  if (call.noDeadlockWait || call.demote || call.timeoutMs !== undefined) return true
  return call.alternatePR === true || call.alternateCW === true
}

function isWrongValue(call: CallOf<'convert'>, granted: LockMode): boolean {
  const { useValue, value, invalidate, mode } = call
  // With an alternate the mode that is granted is not known before.
  const mayBeAlternate = isWriter(granted) && alternateOf(call) !== undefined
  const isWritten = valueCell(granted, mode) === 'W' || mayBeAlternate
  if (invalidate) return useValue || value !== undefined || !isWritten
  return (useValue && isWritten) !== (value !== undefined) || (value?.length ?? 0) > 1_024
}

export function wrongInUnlock(
  { value, invalidate, subtree }: CallOf<'unlock'>,
  { granted, pending }: Lock,
  hasBelow: boolean,
): RefusalCode | 'other' | undefined {
  const isReader = granted !== undefined && (!isWriter(granted) || mayBecomeReader(pending))
  const isAboutValue = value !== undefined || invalidate === true
  if (value !== undefined && (invalidate || value.length > 1_024)) return 'other'
  if (isAboutValue && (subtree !== undefined || isReader)) return 'other'
  return hasBelow && subtree === undefined ? 'children' : undefined
}

function mayBecomeReader(pending: Pending | undefined): boolean {
  if (pending === undefined) return false
  const { asked } = pending
  const isDemoted = asked.kind === 'convert' && asked.demote === true
  return isDemoted || !isWriter(asked.mode) || !isWriter(alternateOf(asked) ?? asked.mode)
}
