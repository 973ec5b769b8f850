import type { LockMode } from '@holdfast/lock-engine/messages'
import type { Process } from '../facts.ts'
import { type Checker, Violation } from './checker.ts'
import { areCompatible } from './lock-modes.ts'

const NAME = 'blocking-notices'

interface LockRecord {
  readonly notify: boolean
  /** As the completions have told. */
  mode: LockMode | undefined
  /** What a conversion wants; when others wait for it in vain, it is told that very mode. */
  wanted: LockMode | undefined
}

/**
 * A holder that asked for it, and nobody else, is told that it is in the way, and only of a mode that
 * conflicts with what it holds when it is told.
 */
export function createBlockingNotices(): Checker {
  const processes = new Map<string, Map<string, LockRecord>>()
  /** Unlocks of what is below a lock: the lock itself stays. */
  const below = new Set<string>()

  const locksOf = ({ incarnation }: Process): Map<string, LockRecord> => {
    const locks = processes.get(incarnation) ?? new Map<string, LockRecord>()
    processes.set(incarnation, locks)
    return locks
  }
  return {
    name: NAME,
    onCall({ process, session, call }) {
      if (!('lock' in call)) return
      const key = `${session}/${call.lock}`
      const locks = locksOf(process)
      if (call.kind === 'request' || call.kind === 'adopt') {
        locks.set(key, { notify: call.notify, mode: undefined, wanted: call.mode })
        return
      }
      if (call.kind === 'unlock' && call.subtree === 'below') {
        below.add(`${process.incarnation}/${session}/${call.call}`)
      }
      const record = locks.get(key)
      if (call.kind === 'convert' && record !== undefined) record.wanted = call.mode
    },
    onEvent({ process, session, event }) {
      if (event.kind === 'completion') {
        const key = `${session}/${event.lock}`
        const record = locksOf(process).get(key)
        if (record === undefined) return
        if (event.outcome === 'granted') record.mode = event.mode
        else if (below.delete(`${process.incarnation}/${session}/${event.call}`)) return
        else if (event.outcome === 'unlocked') locksOf(process).delete(key)
        else if (event.mode !== undefined) record.mode = event.mode
        return
      }
      if (event.kind !== 'blocking') return
      const record = locksOf(process).get(`${session}/${event.lock}`)
      const who = `lock ${event.lock} of session ${session} of ${process.node}`
      if (record?.mode === undefined) {
        throw new Violation(NAME, `${who} was told that it blocks, and it is not granted`)
      }
      if (!record.notify)
        throw new Violation(NAME, `${who} was told that it blocks, and did not ask`)
      if (!areCompatible(record.mode, event.mode) || record.wanted === event.mode) return
      throw new Violation(
        NAME,
        `${who} has ${record.mode} and was told that it blocks ${event.mode}`,
      )
    },
    onEnd: ({ process }) => void processes.delete(process.incarnation),
  }
}
