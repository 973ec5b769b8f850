import type { LockName } from '@holdfast/client/raw-session'

/** What names in a line stand for, for the session that the line is about. */
export interface Names {
  /** The lockspace of a name that is given without one. */
  readonly space: string
  /** The number of a lock of this session. Throws a `Fault` when there is none. */
  lock(name: string): number
  /** The number of a lock of any session. Throws a `Fault` when there is none. */
  anyLock(name: string): number
  /** The number that a new lock of this name will have. Throws a `Fault` when the name is taken. */
  newLock(name: string): number
  /** What a lock number is called here; the number itself when it has no name. */
  lockName(number: number): string
  /** What a lock of another session is called here, or the node's own words for it. */
  lockOf(lock: Pick<LockName, 'node' | 'session' | 'lock'>): string
  /** The name of a session. Throws a `Fault` when there is none. */
  session(name: string): string
  /** What the node calls a session of the shell; other texts as they are. */
  sessionId(text: string): string
  /** What is there to choose from, for completion and for errors. */
  readonly locks: readonly string[]
  readonly sessions: readonly string[]
  readonly nodes: readonly string[]
}

/** Takes every name for granted: for looking at a whole file before its first line runs. */
export const anyNames: Names = {
  space: 'default',
  lock: () => 0,
  anyLock: () => 0,
  newLock: () => 0,
  lockName: String,
  lockOf: ({ session, lock }) => `${session}#${lock}`,
  session: (name) => name,
  sessionId: (text) => text,
  locks: [],
  sessions: [],
  nodes: [],
}
