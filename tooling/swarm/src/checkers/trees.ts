import type { SessionCall } from '@holdfast/lock-engine/messages'
import type { Process } from '../facts.ts'
import { type Checker, Violation } from './checker.ts'

const NAME = 'trees'

type Call = Extract<SessionCall, { readonly lock: number }>

interface LockRecord {
  readonly parent: number | undefined
  granted: boolean
  /** A call has been made that may end it. */
  leaving: boolean
}

interface SessionRecord {
  readonly locks: Map<number, LockRecord>
  readonly unlocks: Map<number, Extract<Call, { readonly kind: 'unlock' }>>
}

/**
 * No lock is below one that is gone: an unlock of a lock with locks below it is refused, one of a
 * subtree names all of them in `also`, and the tables have no copy below a resource on which its
 * session has nothing.
 */
export function createTrees(): Checker {
  const sessions = new Map<string, SessionRecord>()

  const recordOf = (process: Process, session: number): SessionRecord => {
    const key = `${process.incarnation}/${session}`
    const record = sessions.get(key) ?? { locks: new Map(), unlocks: new Map() }
    sessions.set(key, record)
    return record
  }
  return {
    name: NAME,
    onCall({ process, session, call }) {
      if (!('lock' in call)) {
        if (call.kind === 'leave-space') {
          for (const lock of recordOf(process, session).locks.values()) lock.leaving = true
        }
        return
      }
      const { locks, unlocks } = recordOf(process, session)
      if (call.kind === 'request' || call.kind === 'adopt') {
        locks.set(call.lock, { parent: call.parent, granted: false, leaving: false })
      } else if (call.kind === 'unlock') {
        unlocks.set(call.call, call)
        const ending = call.subtree === undefined ? [] : below(locks, call.lock)
        if (call.subtree !== 'below') ending.push(call.lock)
        for (const number of ending) mark(locks, number)
      }
    },
    onEvent({ process, session, event }) {
      if (event.kind !== 'completion') return
      const { locks, unlocks } = recordOf(process, session)
      const { outcome, lock, call, also = [] } = event
      const record = locks.get(lock)
      const unlock = unlocks.get(call)
      if (outcome === 'granted' && record !== undefined) {
        record.granted = true
        judgeGrant(locks, lock, `session ${session} of ${process.node}`)
      }
      if (unlock === undefined) return
      unlocks.delete(call)
      if (outcome !== 'unlocked') {
        if (record !== undefined && ![...unlocks.values()].some((one) => one.lock === lock)) {
          record.leaving = false
        }
        return
      }
      const gone = unlock.subtree === 'below' ? [...also] : [lock, ...also]
      for (const number of gone) locks.delete(number)
      const left = [...locks].find(([, { parent, granted, leaving }]) => {
        return parent !== undefined && gone.includes(parent) && granted && !leaving
      })
      if (left !== undefined) {
        throw new Violation(
          NAME,
          `session ${session} of ${process.node} unlocked lock ${lock} while its lock ${left[0]} was below it`,
        )
      }
    },
    onEnd({ process }) {
      for (const key of sessions.keys()) {
        if (key.startsWith(process.incarnation)) sessions.delete(key)
      }
    },
    onTables({ tables }) {
      for (const { process, copies } of tables) {
        const known = new Set(copies.map(({ session, resource }) => `${session} ${resource}`))
        for (const { session, resource, above, lock, orphan, unlocking } of copies) {
          // What was above an orphan may have an heir already.
          if (orphan || unlocking || above === undefined) continue
          if (known.has(`${session} ${above}`)) continue
          throw new Violation(
            NAME,
            `${process.node} has lock ${lock} of session ${session} on ${resource} and none on ${above}`,
          )
        }
      }
    },
  }
}

function below(locks: ReadonlyMap<number, LockRecord>, number: number): number[] {
  const children = [...locks].filter(([, { parent }]) => parent === number).map(([child]) => child)
  return children.flatMap((child) => [child, ...below(locks, child)])
}

function mark(locks: ReadonlyMap<number, LockRecord>, number: number): void {
  const record = locks.get(number)
  if (record !== undefined) record.leaving = true
}

function judgeGrant(locks: ReadonlyMap<number, LockRecord>, lock: number, who: string): void {
  const record = locks.get(lock)
  if (record?.parent === undefined || record.leaving || locks.has(record.parent)) return
  throw new Violation(
    NAME,
    `${who} was granted lock ${lock} below lock ${record.parent}, which is gone`,
  )
}
