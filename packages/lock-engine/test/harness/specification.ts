/**
 * The tables of the lock rules, written from the manuals (VMS lock manager, Linux dlm), not from the
 * engine: the tests compare the engine with these.
 */
import type { LockMode } from '../../src/messages.ts'

export const modes: readonly LockMode[] = ['NL', 'CR', 'CW', 'PR', 'PW', 'EX']

/** Rows: granted on another lock; columns: asked for. Both in the order of `modes`. */
const compatibility: Readonly<Record<LockMode, string>> = {
  NL: 'Y Y Y Y Y Y',
  CR: 'Y Y Y Y Y -',
  CW: 'Y Y Y - - -',
  PR: 'Y Y - Y - -',
  PW: 'Y Y - - - -',
  EX: 'Y - - - - -',
}

/** R: the caller reads the value block; W: the caller writes it; -: neither. */
const transfer: Readonly<Record<LockMode | 'none', string>> = {
  none: 'R R R R R R',
  NL: 'R R R R R R',
  CR: '- R R R R R',
  CW: '- - R R R R',
  PR: '- - - R R R',
  PW: 'W W W W W R',
  EX: 'W W W W W W',
}

function cell(row: string, column: LockMode): string {
  return row.split(' ')[modes.indexOf(column)] as string
}

export function mayShare(granted: LockMode, asked: LockMode): boolean {
  return cell(compatibility[granted], asked) === 'Y'
}

export function valueCell(from: LockMode | 'none', to: LockMode): 'R' | 'W' | '-' {
  return cell(transfer[from], to) as 'R' | 'W' | '-'
}

export type ConversionClass = 'middle' | 'down' | 'same' | 'up'

export function classOf(from: LockMode, to: LockMode): ConversionClass {
  if ((from === 'PR' && to === 'CW') || (from === 'CW' && to === 'PR')) return 'middle'
  if (from === to) return 'same'
  return modes.indexOf(to) < modes.indexOf(from) ? 'down' : 'up'
}

/** Grants that carry a fencing token. */
export function mayWrite(mode: LockMode): boolean {
  return mode === 'CW' || mode === 'PW' || mode === 'EX'
}

export const modePairs: readonly (readonly [LockMode, LockMode])[] = modes.flatMap((first) =>
  modes.map((second) => [first, second] as const),
)
