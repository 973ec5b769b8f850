import type { SpaceLock } from './port.ts'
import type { LeaveCall } from './space.ts'

/** Why a session cannot leave a lockspace in this way, in words; `undefined` when it can. */
export function leaveFault(
  force: LeaveCall['force'],
  locks: readonly SpaceLock[],
): string | undefined {
  const used = locks.filter(({ granted }) => granted !== undefined && granted !== 'NL')
  switch (force) {
    case 'unused':
      return locks.length === 0 ? undefined : `the session has ${count(locks)} in this lockspace`
    case 'idle':
      return used.length === 0
        ? undefined
        : `the session has ${count(used)} in this lockspace that ${used.length === 1 ? 'is' : 'are'} granted in more than NL`
    case 'discard':
      return undefined
    default:
      return `${force} is no way to leave a lockspace: there are unused, idle and discard`
  }
}

function count({ length }: readonly SpaceLock[]): string {
  return length === 1 ? '1 lock' : `${length} locks`
}

/** Children before their parents. */
export function deepestFirst(locks: readonly SpaceLock[]): readonly SpaceLock[] {
  return locks.toSorted((a, b) => b.level - a.level)
}
