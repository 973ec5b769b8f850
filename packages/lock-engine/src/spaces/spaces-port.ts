import type { Core } from '../core.ts'
import type { HolderTable } from '../holder/holder-table.ts'
import { internalSession } from '../holder/session-calls.ts'
import { nameOf } from '../resource-key.ts'
import type { SpacesPort } from './port.ts'

/** What lockspaces need, given by the tables of the same engine. */
export function spacesPort(core: Core, { calls, registry }: HolderTable): SpacesPort {
  return {
    call: (call) => calls.call(internalSession, call),
    event: (session, event) => core.event(session, event),
    locksOf: (session, space) =>
      calls.locksOf(session, space).map(({ sessionLock: lock, granted, key }) => {
        const level = nameOf(key).path?.length ?? 0
        return granted === undefined ? { lock, level } : { lock, granted, level }
      }),
    discard(session, number) {
      const lock = registry.lockOf(session, number)
      if (lock !== undefined) calls.discard(lock)
    },
  }
}
