/**
 * What happens to locks when the view changes, as a pure machine over any tables that have the
 * `LockTables` shape. It knows neither how views are agreed nor how locks are granted.
 */
export type { Recovery, RecoveryInput, RecoveryOutput } from './coordinator.ts'
export { createRecovery } from './coordinator.ts'
export type { RecoveryMessage } from './messages.ts'
export { decodeRecoveryMessage, isForRecovery, transferRecordsMax } from './messages.ts'
export type { LockTables, RecoveryMember, RecoveryView, TableTransfer } from './tables.ts'
