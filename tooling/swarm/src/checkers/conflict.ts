import type { LockMode, LockRange } from '@holdfast/lock-engine/messages'
import { overlap } from '../parts.ts'
import { areCompatible } from './lock-modes.ts'

export interface Claim {
  readonly mode: LockMode | undefined
  readonly range: LockRange | undefined
  readonly owner: string | undefined
}

/** Two locks on one resource that may never be held at the same time. */
export function conflict(a: Claim, b: Claim): boolean {
  if (a.mode === undefined || b.mode === undefined || areCompatible(a.mode, b.mode)) return false
  if (a.owner !== undefined && a.owner === b.owner) return false
  return overlap(a.range, b.range)
}

export function claimText({ mode, range, owner }: Claim): string {
  const part = range === undefined ? '' : ` [${range.start}, ${range.end}]`
  return `${mode}${part}${owner === undefined ? '' : ` of owner ${owner}`}`
}
