import type { LockReport } from '@holdfast/client'
import { writeName } from './shell/bytes.ts'

/** `orders/a`; `orders/a > b` is the name b below a. As it may be typed again, and safe for a terminal. */
export function writeResource({ space, path = [], name }: LockReport['resource']): string {
  const [root = '', ...below] = [...path, name].map(writeName)
  return [`${writeName(space)}/${root}`, ...below].join(' > ')
}

/** The parts that it has and wants; empty for all of the resource. */
export function writeRanges({ range, wantedRange }: LockReport): string {
  const parts = [range, wantedRange].filter((part) => part !== undefined)
  return parts.map(({ start, end }) => `${start}-${end}`).join('>')
}

/** `PR`, or `PR>EX` while it is converted. */
export function writeModes({ granted, wanted }: LockReport): string {
  return [granted, wanted].filter((mode) => mode !== undefined).join('>')
}

/** `granted`, or `waiting 0` with the place in the queue. */
export function writeQueue({ queue, position }: LockReport): string {
  return position === undefined ? queue : `${queue} ${position}`
}
