/**
 * Words that every Holdfast package shares: ids, instants, seeded randomness, named timers, checked
 * decoding and the Machine contract. No dependency, no IO, no state of its own.
 */
export type { Check } from './check.ts'
export {
  isBytes,
  isFlag,
  isListOf,
  isOneOf,
  isOptional,
  isRecordOf,
  isText,
  isToken,
  isUint,
  isVariantOf,
} from './check.ts'
export type { Instant, Millis } from './instant.ts'
export { InvariantViolation, invariant, unreachable } from './invariant.ts'
export type { Machine } from './machine.ts'
export { nearestName } from './nearest-name.ts'
export type { Epoch, Incarnation, NodeId, NodeName } from './node-id.ts'
export { isIncarnation, isNodeName } from './node-id.ts'
export type { Queued } from './queue.ts'
export { Queue } from './queue.ts'
export type { Random } from './random.ts'
export { createRandom, fnv1a } from './random.ts'
export type { TimerTable } from './timer-table.ts'
export { createTimerTable } from './timer-table.ts'
