/**
 * The six lock modes, weakest first: null, concurrent read, concurrent write, protected read,
 * protected write, exclusive (VMS lock manager; Linux dlm keeps the names).
 */
export type LockMode = 'NL' | 'CR' | 'CW' | 'PR' | 'PW' | 'EX'

/** All modes in numeric order. CW and PR have an order but neither is stronger than the other. */
export const lockModes: readonly LockMode[] = ['NL', 'CR', 'CW', 'PR', 'PW', 'EX']

/**
 * For each granted mode, the modes that others may be granted beside it. Symmetric
 * (Linux fs/dlm, the compatibility matrix of lock.c; VMS, table of $ENQ).
 */
const compatibleModes: Readonly<Record<LockMode, readonly LockMode[]>> = {
  NL: ['NL', 'CR', 'CW', 'PR', 'PW', 'EX'],
  CR: ['NL', 'CR', 'CW', 'PR', 'PW'],
  CW: ['NL', 'CR', 'CW'],
  PR: ['NL', 'CR', 'PR'],
  PW: ['NL', 'CR'],
  EX: ['NL'],
}

const rank: Readonly<Record<LockMode, number>> = { NL: 0, CR: 1, CW: 2, PR: 3, PW: 4, EX: 5 }

const conflicting: Readonly<Record<LockMode, readonly LockMode[]>> = {
  NL: conflictsOf('NL'),
  CR: conflictsOf('CR'),
  CW: conflictsOf('CW'),
  PR: conflictsOf('PR'),
  PW: conflictsOf('PW'),
  EX: conflictsOf('EX'),
}

function conflictsOf(mode: LockMode): readonly LockMode[] {
  return lockModes.filter((other) => !compatibleModes[mode].includes(other))
}

export function isCompatible(a: LockMode, b: LockMode): boolean {
  return !conflicting[a].includes(b)
}

/** The modes that cannot be granted beside `mode`, weakest first. */
export function conflictsWith(mode: LockMode): readonly LockMode[] {
  return conflicting[mode]
}

/** The place of a mode in the numeric order, 0 to 5. */
export function rankOf(mode: LockMode): number {
  return rank[mode]
}

/** CW, PW and EX: grants in these carry a fencing token. */
export function canWrite(mode: LockMode): boolean {
  return mode === 'CW' || mode === 'PW' || mode === 'EX'
}

/** PW and EX: the holder may write the value block, so its death makes the value not valid. */
export function ownsValue(mode: LockMode | undefined): boolean {
  return mode === 'PW' || mode === 'EX'
}

/**
 * A conversion that gives up and takes nothing: it can never be refused, needs no answer, and is
 * done at once by the holder. PR to CW goes sideways, not down: each allows what the other does not.
 */
export function isDownConversion(from: LockMode, to: LockMode): boolean {
  if (from === 'PR' && to === 'CW') return false
  return rank[to] < rank[from]
}
