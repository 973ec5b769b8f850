import type { SessionPort, SessionPortEvents } from '@holdfast/client'
import type { SessionEvent } from '@holdfast/lock-engine/messages'
import type { FrontDesk } from './front-desk.ts'

/** A session of this very process: no channel, no frames, the same calls and events. */
export function createLocalPort(desk: FrontDesk, label: string): SessionPort {
  let early: SessionEvent[] = []
  let events: SessionPortEvents | undefined
  const session = desk.open(label, (event) => {
    if (events === undefined) early.push(event)
    else events.onEvent(event)
  })
  return {
    send(call) {
      if (desk.call(session, call)) return
      desk.gone(session)
      // Not from inside `send`, as the contract of the port has it.
      queueMicrotask(() => events?.onClose('the node has more to do than it can keep'))
    },
    receive(given) {
      // Told in a turn of their own, as `receive` is called while its caller is being made.
      queueMicrotask(() => {
        events = given
        const kept = early
        early = []
        for (const event of kept) given.onEvent(event)
      })
    },
    close: () => desk.gone(session),
  }
}
