/** From the words of a check to the calls of a session. */
import type { LockCall, LockMode, LockRange, PlainCall } from '../../src/messages.ts'
import { bytesOf } from '../harness/world.ts'

type Flags = ReadonlyMap<string, string>
type CallOf<Kind> = Extract<LockCall, { readonly kind: Kind }>

/** Numbers that the stage gives: of the lock, and of its parent. */
export interface Numbers {
  readonly lock: number
  readonly parent?: number | undefined
}

type Unnumbered<Call> = Call extends unknown ? Omit<Call, 'call'> : never
/** A call before the session gives it its number. */
export type Words = Unnumbered<LockCall | PlainCall>

export function requestOf(
  name: string,
  mode: LockMode,
  { lock, parent }: Numbers,
  flags: Flags,
): Unnumbered<CallOf<'request'>> {
  return {
    kind: 'request',
    lock,
    resource: { space: flags.get('space') ?? 'test', name },
    mode,
    useValue: flags.has('useValue'),
    notify: flags.has('notify'),
    ...grantTerms(flags),
    ...given({
      expedite: flagOf(flags, 'expedite'),
      alone: flagOf(flags, 'alone'),
      masterHere: flagOf(flags, 'masterHere'),
      owner: flags.get('owner'),
      parent,
    }),
  }
}

export function adoptOf(
  name: string,
  mode: LockMode,
  { lock, parent }: Numbers,
  flags: Flags,
): Unnumbered<CallOf<'adopt'>> {
  return {
    kind: 'adopt',
    lock,
    resource: { space: flags.get('space') ?? 'test', name },
    mode,
    useValue: flags.has('useValue'),
    notify: flags.has('notify'),
    ...given({
      persistent: flagOf(flags, 'persistent'),
      owner: flags.get('owner'),
      parent,
    }),
  }
}

export function convertOf(
  mode: LockMode,
  lock: number,
  flags: Flags,
): Unnumbered<CallOf<'convert'>> {
  return {
    kind: 'convert',
    lock,
    mode,
    useValue: flags.has('useValue') || flags.has('value'),
    queueFair: flags.has('queueFair'),
    ...grantTerms(flags),
    ...given({
      demote: flagOf(flags, 'demote'),
      invalidate: flagOf(flags, 'invalidate'),
      value: bytesOfValue(flags),
    }),
  }
}

export function unlockOf(lock: number, flags: Flags): Unnumbered<CallOf<'unlock'>> {
  return {
    kind: 'unlock',
    lock,
    ...given({
      value: bytesOfValue(flags),
      invalidate: flagOf(flags, 'invalidate'),
      force: flagOf(flags, 'force'),
      subtree: flags.get('subtree') as 'with' | 'below' | undefined,
    }),
  }
}

export function openOf(
  space: string,
  flags: Flags,
): Unnumbered<Extract<PlainCall, { kind: 'open-space' }>> {
  const mastering = flags.get('mastering') as 'hash' | undefined
  const attributes = given({
    deadlockMs: numberOf(flags, 'deadlockMs'),
    valueBytes: numberOf(flags, 'valueBytes'),
    mastering,
  })
  return { kind: 'open-space', space, attributes }
}

function grantTerms(flags: Flags): Pick<CallOf<'convert'>, 'noQueue'> {
  return {
    noQueue: flags.has('noQueue'),
    ...given({
      tellHolders: flagOf(flags, 'tellHolders'),
      atHead: flagOf(flags, 'atHead'),
      anyOrder: flagOf(flags, 'anyOrder'),
      alternatePR: flagOf(flags, 'alternatePR'),
      alternateCW: flagOf(flags, 'alternateCW'),
      noDeadlockWait: flagOf(flags, 'noDeadlockWait'),
      noDeadlockBlock: flagOf(flags, 'noDeadlockBlock'),
      persistent: flagOf(flags, 'persistent'),
      priority: numberOf(flags, 'priority'),
      timeoutMs: numberOf(flags, 'timeoutMs'),
      range: rangeOf(flags),
    }),
  }
}

function flagOf(flags: Flags, name: string): boolean | undefined {
  const text = flags.get(name)
  return text === undefined ? undefined : text !== 'no'
}

function numberOf(flags: Flags, name: string): number | undefined {
  const text = flags.get(name)
  return text === undefined ? undefined : Number(text)
}

function bytesOfValue(flags: Flags): Uint8Array | undefined {
  const text = flags.get('value')
  return text === undefined ? undefined : bytesOf(text)
}

function rangeOf(flags: Flags): LockRange | undefined {
  const [start, end] = flags.get('range')?.split('-') ?? []
  return start === undefined || end === undefined
    ? undefined
    : { start: BigInt(start), end: BigInt(end) }
}

type Given<T> = { [Key in keyof T]?: Exclude<T[Key], undefined> }

/** Only what is there: a flag that is not named is not in the call. */
function given<T extends object>(all: T): Given<T> {
  return Object.fromEntries(
    Object.entries(all).filter(([, value]) => value !== undefined),
  ) as Given<T>
}
