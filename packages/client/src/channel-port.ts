import type { SessionCall } from '@holdfast/lock-engine/messages'
import type { Channel } from '@holdfast/transport'
import type { SessionPort, SessionPortEvents } from './session-port.ts'
import { createCallWriter, createEventReader } from './wire.ts'

/** A session's port over a channel. Calls made in one turn travel in one frame. */
export function createChannelPort(channel: Channel, frameBytesMax: number): SessionPort {
  const writer = createCallWriter({ frameBytesMax })
  const reader = createEventReader({ frameBytesMax })
  let queue: SessionCall[] = []
  let events: SessionPortEvents | undefined
  let closed = false

  const fail = (reason: string): void => {
    if (closed) return
    closed = true
    channel.close(reason)
    events?.onClose(reason)
  }

  const flush = (): void => {
    const calls = queue
    queue = []
    if (closed || calls.length === 0) return
    for (const frame of writer.encode(calls)) {
      if (channel.send(frame) === 'refused') fail('the connection takes nothing more')
    }
  }

  return {
    send(call) {
      if (closed) return
      if (queue.push(call) === 1) queueMicrotask(flush)
    },
    receive(given) {
      events = given
      channel.receive({
        onFrame(frame) {
          if (closed) return
          const read = reader.decode(frame)
          if (!read.ok) return fail(read.reason)
          for (const event of read.items) given.onEvent(event)
        },
        onClose(reason) {
          if (closed) return
          closed = true
          given.onClose(reason)
        },
      })
    },
    close(reason) {
      flush()
      if (closed) return
      closed = true
      channel.close(reason)
    },
  }
}
