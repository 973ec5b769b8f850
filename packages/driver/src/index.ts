/**
 * Runs pure machines for real: the one owner of time, the channels to the peers, and the durable
 * record. It knows no machine by name; what its orders mean is the business of who composes them.
 */
export type { Cancel, Clock, ClockReadings } from './clock.ts'
export type { ClockGuard } from './clock-guard.ts'
export { CLOCK_JUMP_MS, createClockGuard } from './clock-guard.ts'
export type { DriveOptions, Driver, Tick } from './drive.ts'
export { drive } from './drive.ts'
export type { FileStore, FileStoreOptions, LoadedValue } from './file-store.ts'
export { createFileStore } from './file-store.ts'
export type { PeerAddress, PeerDirectory } from './peer-directory.ts'
export { createPeerDirectory } from './peer-directory.ts'
export type { PeerLimits } from './peer-limits.ts'
export { PEER_LIMITS } from './peer-limits.ts'
export type { PeerDirectoryOptions, PeerFact } from './peer-options.ts'
export type { StoreErrorCode } from './store-error.ts'
export { StoreError } from './store-error.ts'
export { createSystemClock } from './system-clock.ts'
