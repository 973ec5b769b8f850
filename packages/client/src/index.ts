/**
 * Locks for applications: a `Cluster` is a way in, a `Lockspace` a set of names, a `Lock` what was
 * granted. An embedded node and a connection to a remote one give the same objects.
 *
 *     await using cluster = await connect('ws://127.0.0.1:7400')
 *     const orders = cluster.lockspace('orders')
 *     await orders.request('order/42', (lock) => bill(lock.token, lock.signal))
 *
 * It is not a lock manager: it grants nothing. What it guarantees by itself is that a lock says so
 * (`signal`, `held`, `assertHeld`) before the cluster can grant it to anybody else, even when this
 * process stood still in between.
 */
export type {
  LockMode,
  LockName,
  LockRange,
  LockReport,
  NodeStatus,
  Outcome,
  RefusalCode,
  ResourceName,
  SpaceAttributes,
  ValueCopy,
} from '@holdfast/lock-engine/messages'
export { nameOfBytes, nameOfText, textOfName } from '@holdfast/lock-engine/messages'
export type { Cluster } from './cluster.ts'
export { createCluster } from './cluster.ts'
export type { ConnectOptions } from './connect.ts'
export { connect } from './connect.ts'
export type { ConnectAttempt, EndReason, LockEnd, LockSubject, SessionEnd } from './errors.ts'
export {
  CallRefusedError,
  ConnectError,
  LockCancelledError,
  LockDeadlockError,
  LockDeniedError,
  LockHasChildrenError,
  LockLostError,
  LockQuotaError,
  LockRefusedError,
  LockspaceLeftError,
  LockTimeoutError,
  LockUnlockedError,
  OrphanNotFoundError,
  SessionClosedError,
  ValueFormatError,
} from './errors.ts'
export type { Completion, LockHandle } from './handle.ts'
export type { ClientLimits } from './limits.ts'
export { CLIENT_LIMITS } from './limits.ts'
export type { Lock } from './lock.ts'
export type { LockQuery, LockQueryFilter } from './lock-list.ts'
export type { LockBody, Lockspace, PurgeOptions } from './lockspace.ts'
export type { Name, RangeLike, ResourceAddress } from './name.ts'
export type {
  LeaveOptions,
  OpenLockspace,
  OpenLockspaceOptions,
  RecoveryNews,
} from './open-lockspace.ts'
export type {
  CancelFlags,
  ConvertFlags,
  ConvertOptions,
  UnlockFlags,
  UnlockOptions,
} from './options.ts'
export type {
  AcquireOptions,
  AcquireOrphanOptions,
  AdoptOptions,
  EnqueueOptions,
} from './request-options.ts'
export type { SessionClock } from './session/session-driver.ts'
export type { ClusterOptions } from './session-keeper.ts'
export type { SessionPort, SessionPortEvents } from './session-port.ts'
export type { ValueReading, ValueType } from './values.ts'
export { bytes, counter, json } from './values.ts'
