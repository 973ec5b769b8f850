import type { LockMode } from '@holdfast/lock-engine/messages'

// Written from the literature (VMS lock manager, mode compatibility), not from the engine: a wrong
// cell in the engine's matrix must not be wrong here too.
const compatibleWith: Readonly<Record<LockMode, readonly LockMode[]>> = {
  NL: ['NL', 'CR', 'CW', 'PR', 'PW', 'EX'],
  CR: ['NL', 'CR', 'CW', 'PR', 'PW'],
  CW: ['NL', 'CR', 'CW'],
  PR: ['NL', 'CR', 'PR'],
  PW: ['NL', 'CR'],
  EX: ['NL'],
}

export function areCompatible(a: LockMode, b: LockMode): boolean {
  return compatibleWith[a].includes(b)
}

const strength: Readonly<Record<LockMode, number>> = { NL: 0, CR: 1, CW: 2, PR: 3, PW: 4, EX: 5 }

/** The strongest mode that both contain: what is certain while a lock changes from one to the other. */
export function weakerOf(a: LockMode, b: LockMode): LockMode {
  const pair = new Set([a, b])
  if (pair.has('CW') && pair.has('PR')) return 'CR'
  return strength[a] <= strength[b] ? a : b
}

/** Whether nobody else can write while this mode is held. */
export function excludesWriters(mode: LockMode): boolean {
  return mode === 'PR' || mode === 'PW' || mode === 'EX'
}

/** Whether the mode may write the value block, so that the loss of its holder puts the value in doubt. */
export function mayWriteValue(mode: LockMode): boolean {
  return mode === 'PW' || mode === 'EX'
}

/** Whether a grant in this mode carries a token. */
export function carriesToken(mode: LockMode): boolean {
  return mode === 'CW' || mode === 'PW' || mode === 'EX'
}

/**
 * Whether a conversion that uses the value block writes it: from EX always, from PW to anything but
 * EX (the table of the Linux dlm, `dlm_lvb_operations`).
 */
export function conversionWrites(from: LockMode, to: LockMode): boolean {
  return from === 'EX' || (from === 'PW' && to !== 'EX')
}

/** Whether a conversion may write: with an alternate the mode that it ends in is not known before. */
export function valueIsWritten(from: LockMode, to: LockMode, hasAlternate: boolean): boolean {
  return conversionWrites(from, to) || (hasAlternate && mayWriteValue(from))
}
