/**
 * The lock tables of one node, as a pure machine: resources, six modes, queues, conversions, value
 * blocks, fencing tokens, and the parts of master, holder and directory that one node plays.
 */
export type { EngineFact } from './core.ts'
export type { LockEngineOptions } from './engine.ts'
export { createLockEngine } from './engine.ts'
export type { EngineLimits } from './limits.ts'
export { nameBytesMax, valueBytesMax } from './limits.ts'
export type { EngineInput, EngineMessage, EngineOutput, LockEngine } from './lock-engine.ts'
export type { LockMessage } from './lock-messages.ts'
export { isLockMessage } from './lock-messages.ts'
export type { LockMode } from './lock-mode.ts'
export { canWrite, isCompatible, isDownConversion, lockModes } from './lock-mode.ts'
export type { MasteryTuning } from './mastery/tuning.ts'
export type { LockCall, PlainCall } from './messages.ts'
export type { EngineLockReport, HeldReport } from './reports.ts'
export { showKey } from './resource-key.ts'
export type { Transfer, TransferRecord } from './transfer.ts'
export { isTransferRecord } from './transfer.ts'
export type { ValueMove } from './value-block.ts'
export { valueMove } from './value-block.ts'
export type { EngineMember, EngineView } from './view.ts'
