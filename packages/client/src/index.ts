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
  LockReport,
  NodeStatus,
  ResourceName,
  ValueCopy,
} from '@holdfast/lock-engine/messages'
export type { Cluster, ClusterOptions } from './cluster.ts'
export { createCluster } from './cluster.ts'
export type { ConnectOptions } from './connect.ts'
export { connect } from './connect.ts'
export type { ConnectAttempt, EndReason, LockSubject, SessionEnd } from './errors.ts'
export {
  ConnectError,
  LockDeadlockError,
  LockDeniedError,
  LockLostError,
  LockRefusedError,
  LockUnlockedError,
  SessionClosedError,
} from './errors.ts'
export type { ClientLimits } from './limits.ts'
export { CLIENT_LIMITS } from './limits.ts'
export type { Lock } from './lock.ts'
export type { LockBody, Lockspace } from './lockspace.ts'
export type { AcquireOptions, ConvertOptions, UnlockOptions } from './options.ts'
export type { SessionClock } from './session/session.ts'
export type { SessionPort, SessionPortEvents } from './session-port.ts'
