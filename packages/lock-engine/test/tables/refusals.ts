/**
 * Every combination that is refused, as calls.md lists them: one row each, with the word that the reason
 * must have in it.
 */
import type { LockMode } from '../../src/messages.ts'
import { classOf, modePairs, modes, valueCell } from '../harness/specification.ts'
import { bytesOf } from '../harness/world.ts'
import type { ConvertFlags, RequestFlags, UnlockFlags } from './bench.ts'
import { range, resource } from './bench.ts'

export interface RefusedRequest {
  readonly what: string
  readonly names: RegExp
  readonly mode?: LockMode
  readonly flags: RequestFlags
}

const noMode = 'XX' as LockMode
const top = 1n << 64n
/** Bytes are characters up to U+00FF. */
const noByte = '\u0100'

function named(name: string, space = 'test'): RequestFlags {
  return { resource: { space, name } }
}

const badPlaces: readonly RefusedRequest[] = [
  { what: 'a mode that is none', names: /mode/, mode: noMode, flags: {} },
  { what: 'a name without bytes', names: /name/, flags: named('') },
  { what: 'a name of 256 bytes', names: /name/, flags: named('x'.repeat(256)) },
  { what: 'a name that is not bytes', names: /name/, flags: named(noByte) },
  { what: 'a lockspace without bytes', names: /space/, flags: named('r', '') },
  { what: 'a lockspace of 256 bytes', names: /space/, flags: named('r', 'x'.repeat(256)) },
  { what: 'a lockspace that is not bytes', names: /space/, flags: named('r', noByte) },
]

const badNumbers = [
  ...[-1, 256, 1.5, Number.NaN].map((priority) => ({
    what: `priority ${priority}`,
    names: /priority/,
    flags: { priority },
  })),
  ...[0, -1, Number.NaN].map((timeoutMs) => ({
    what: `timeoutMs ${timeoutMs}`,
    names: /timeoutMs/,
    flags: { timeoutMs },
  })),
  { what: 'a range with its start behind its end', names: /range/, flags: range(1, 0) },
  {
    what: 'a range beyond 64 bits',
    names: /range/,
    flags: { range: { start: 0n, end: top } },
  },
  {
    what: 'a range before 0',
    names: /range/,
    flags: { range: { start: -1n, end: 0n } },
  },
]

const badOwners = ['', 'x'.repeat(65)].map((owner) => ({
  what: `an owner of ${owner.length} characters`,
  names: /owner/,
  flags: { owner },
}))

/** The others of `bench.ts` are in the way of nothing here: the lock is new, in EX unless it says. */
export const refusedRequests: readonly RefusedRequest[] = [
  ...badPlaces,
  ...badNumbers,
  ...badOwners,
  ...modes
    .filter((mode) => mode !== 'NL')
    .map((mode) => ({
      what: `expedite in ${mode}`,
      names: /expedite/,
      mode,
      flags: { expedite: true },
    })),
  {
    what: 'expedite with noQueue',
    names: /expedite/,
    mode: 'NL',
    flags: { expedite: true, noQueue: true },
  },
  { what: 'tellHolders without noQueue', names: /tellHolders/, flags: { tellHolders: true } },
  { what: 'atHead with noQueue', names: /atHead/, flags: { atHead: true, noQueue: true } },
  { what: 'timeoutMs with noQueue', names: /timeoutMs/, flags: { timeoutMs: 5, noQueue: true } },
  { what: 'alternatePR in PR', names: /alternatePR/, mode: 'PR', flags: { alternatePR: true } },
  { what: 'alternateCW in CW', names: /alternateCW/, mode: 'CW', flags: { alternateCW: true } },
  { what: 'owner with alone', names: /owner|alone/, flags: { owner: 't1', alone: true } },
  { what: 'a parent that is not known', names: /parent/, flags: { parent: 99 } },
  {
    what: 'masterHere in a lockspace that is mastered by its directory',
    names: /masterHere/,
    flags: { masterHere: true, resource: { ...resource, name: 'unused' } },
  },
]

/** The rows that an adoption has too. */
export const refusedAdoptions: readonly RefusedRequest[] = [
  ...badPlaces,
  ...badOwners,
  { what: 'a parent that is not known', names: /parent/, flags: { parent: 99 } },
]

export interface RefusedConversion {
  readonly what: string
  readonly names: RegExp
  readonly from: LockMode
  readonly to: LockMode
  readonly flags: ConvertFlags
}

const value = bytesOf('value')
const writing = modePairs.filter(([from, to]) => valueCell(from, to) === 'W')
const notWriting = modePairs.filter(([from, to]) => valueCell(from, to) !== 'W')
const down = modePairs.filter(([from, to]) => classOf(from, to) === 'down')

/** What is about waiting, and means nothing where nothing waits. */
const aboutWaiting: readonly (readonly [RegExp, ConvertFlags])[] = [
  [/atHead/, { atHead: true }],
  [/anyOrder/, { anyOrder: true }],
  [/timeoutMs/, { timeoutMs: 5 }],
  [/alternatePR/, { alternatePR: true }],
  [/alternateCW/, { alternateCW: true }],
  [/demote/, { demote: true }],
  [/tellHolders/, { tellHolders: true, noQueue: true }],
  [/noDeadlockWait/, { noDeadlockWait: true }],
]

const up = { from: 'CR', to: 'EX' } as const

export const refusedConversions: readonly RefusedConversion[] = [
  { what: 'a mode that is none', names: /mode/, from: 'CR', to: noMode, flags: {} },
  ...badNumbers.map((row) => ({ ...row, ...up })),
  { what: 'demote with noQueue', names: /demote/, ...up, flags: { demote: true, noQueue: true } },
  {
    what: 'tellHolders without noQueue',
    names: /tellHolders/,
    ...up,
    flags: { tellHolders: true },
  },
  { what: 'atHead with noQueue', names: /atHead/, ...up, flags: { atHead: true, noQueue: true } },
  {
    what: 'timeoutMs with noQueue',
    names: /timeoutMs/,
    ...up,
    flags: { timeoutMs: 5, noQueue: true },
  },
  {
    what: 'alternatePR to PR',
    names: /alternatePR/,
    from: 'CR',
    to: 'PR',
    flags: { alternatePR: true },
  },
  {
    what: 'alternateCW to CW',
    names: /alternateCW/,
    from: 'CR',
    to: 'CW',
    flags: { alternateCW: true },
  },
  ...[...down, ...modes.map((mode) => [mode, mode] as const)].map(([from, to]) => ({
    what: `queueFair from ${from} to ${to}`,
    names: /queueFair/,
    from,
    to,
    flags: { queueFair: true },
  })),
  {
    what: 'queueFair to the same mode and less of the resource',
    names: /queueFair/,
    from: 'EX',
    to: 'EX',
    flags: { queueFair: true, ...range(0, 9) },
  },
  ...aboutWaiting.map(([names, flags]) => ({
    what: `${Object.keys(flags).join(' with ')} downwards`,
    names,
    from: 'EX' as const,
    to: 'CR' as const,
    flags,
  })),
  ...aboutWaiting.map(([names, flags]) => ({
    what: `${Object.keys(flags).join(' with ')} downwards, with less of the resource`,
    names,
    from: 'PR' as const,
    to: 'NL' as const,
    flags: { ...flags, ...range(0, 9) },
  })),
  ...modePairs.map(([from, to]) => ({
    what: `value without useValue from ${from} to ${to}`,
    names: /value|useValue/,
    from,
    to,
    flags: { value },
  })),
  ...writing.map(([from, to]) => ({
    what: `useValue without value from ${from} to ${to}`,
    names: /value/,
    from,
    to,
    flags: { useValue: true },
  })),
  ...notWriting.map(([from, to]) => ({
    what: `value from ${from} to ${to}`,
    names: /value/,
    from,
    to,
    flags: { useValue: true, value },
  })),
  ...notWriting.map(([from, to]) => ({
    what: `invalidate from ${from} to ${to}`,
    names: /invalidate/,
    from,
    to,
    flags: { invalidate: true },
  })),
  ...writing.map(([from, to]) => ({
    what: `invalidate with useValue from ${from} to ${to}`,
    names: /invalidate/,
    from,
    to,
    flags: { invalidate: true, useValue: true, value },
  })),
  {
    what: 'a value of 1,025 bytes',
    names: /value|bytes/,
    from: 'EX',
    to: 'PR',
    flags: { useValue: true, value: new Uint8Array(1_025) },
  },
]

export interface RefusedUnlock {
  readonly what: string
  readonly names: RegExp
  readonly from: LockMode
  readonly flags: UnlockFlags
}

const notWriters = modes.filter((mode) => mode !== 'PW' && mode !== 'EX')

export const refusedUnlocks: readonly RefusedUnlock[] = [
  {
    what: 'value with invalidate',
    names: /value|invalidate/,
    from: 'EX',
    flags: { value, invalidate: true },
  },
  ...(['with', 'below'] as const).flatMap((subtree) => [
    {
      what: `value with subtree ${subtree}`,
      names: /value|subtree/,
      from: 'EX' as const,
      flags: { value, subtree },
    },
    {
      what: `invalidate with subtree ${subtree}`,
      names: /invalidate|subtree/,
      from: 'EX' as const,
      flags: { invalidate: true, subtree },
    },
  ]),
  ...notWriters.flatMap((from) => [
    { what: `value from ${from}`, names: /value/, from, flags: { value } },
    { what: `invalidate from ${from}`, names: /invalidate/, from, flags: { invalidate: true } },
    {
      what: `value by force from ${from}`,
      names: /value/,
      from,
      flags: { value, force: true },
    },
  ]),
  {
    what: 'a value of 1,025 bytes',
    names: /value|bytes/,
    from: 'EX',
    flags: { value: new Uint8Array(1_025) },
  },
]
