import { createMailbox, type Mailbox } from '../adapter/mailbox.ts'
import type {
  Channel,
  ChannelEvents,
  PeerIdentity,
  SendResult,
  TransportLimits,
} from '../transport.ts'
import type { MemoryFrame, MemoryWires } from './memory-wires.ts'

/** One end of a channel in memory. */
export interface MemoryEnd {
  readonly channel: Channel
  readonly mailbox: Mailbox
  readonly local: PeerIdentity
  /** Ends this side, and tells the other. */
  close(reason: string): void
}

export interface MemoryEndOptions {
  readonly wires: MemoryWires
  readonly limits: TransportLimits
  readonly local: PeerIdentity
  readonly remote: PeerIdentity
  readonly dialed: boolean
  /** The end on the other side. */
  readonly other: () => MemoryEnd | undefined
  readonly onClose: () => void
}

export function createMemoryEnd(options: MemoryEndOptions): MemoryEnd {
  const { wires, limits, local, remote } = options
  const mailbox = createMailbox(limits.queuedBytesMax)
  let closing = false
  let queuedBytes = 0
  let full = false

  const released = (length: number): void => {
    queuedBytes -= length
    if (!full || queuedBytes > limits.queuedBytesMax) return
    full = false
    mailbox.drain()
  }
  const close = (reason: string): void => {
    if (closing) return
    closing = true
    wires.next(() => {
      mailbox.close(reason)
      options.onClose()
      options.other()?.close('the other side closed the channel')
    })
  }
  const send = (frame: Uint8Array): SendResult => {
    const taken = frame.length > 0 && frame.length <= limits.frameBytesMax
    const bytesAfter = queuedBytes + frame.length
    if (closing || !taken || bytesAfter > 2 * limits.queuedBytesMax) return 'refused'
    queuedBytes = bytesAfter
    const onWire: MemoryFrame = { kind: 'frame', from: local, to: remote, bytes: frame.slice() }
    wires.next(() => released(frame.length))
    wires.carry(onWire, () => {
      const end = options.other()
      if (end?.mailbox.frame(onWire.bytes.slice()) === false) end.close('too many unread frames')
    })
    full ||= queuedBytes > limits.queuedBytesMax
    return full ? 'full' : 'sent'
  }

  const channel: Channel = {
    remote,
    dialed: options.dialed,
    send,
    receive: (events: ChannelEvents) => mailbox.receive(events),
    close: (reason = 'closed by this side') => close(reason),
  }
  return { channel, mailbox, local, close }
}
