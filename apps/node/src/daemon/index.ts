/** The daemon: one node in a process of its own. */
export type { DaemonOptions } from './daemon.ts'
export { runDaemon } from './daemon.ts'
