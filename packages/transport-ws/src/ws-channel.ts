import type { Socket } from 'node:net'
import {
  type Channel,
  createMailbox,
  type PeerIdentity,
  type SendResult,
  type TransportLimits,
} from '@holdfast/transport'
import type { RawData, WebSocket } from 'ws'

export interface WebSocketChannelOptions {
  readonly webSocket: WebSocket
  /** The connection under the WebSocket. */
  readonly socket: Socket
  readonly limits: TransportLimits
  readonly remote: PeerIdentity
  readonly dialed: boolean
}

const GOING_AWAY = 1000
const UNSUPPORTED_DATA = 1003
const POLICY_VIOLATION = 1008

/** Makes a channel of a WebSocket whose handshake is done. */
export function createWebSocketChannel(options: WebSocketChannelOptions): Channel {
  const { webSocket, socket, limits } = options
  const mailbox = createMailbox(limits.queuedBytesMax)
  let closing = false
  let corked = false
  let full = false

  /** Frames of one turn leave in one write: that is worth more than anything else here. */
  const cork = (): void => {
    if (corked) return
    corked = true
    socket.cork()
    process.nextTick(() => {
      corked = false
      socket.uncork()
    })
  }
  const onWritten = (): void => {
    if (!full || closing || webSocket.bufferedAmount > limits.queuedBytesMax) return
    full = false
    mailbox.drain()
  }
  const close = (code: number, reason: string): void => {
    if (closing) return
    closing = true
    webSocket.close(code)
    // A peer that hangs answers no goodbye; this side must not wait for it.
    process.nextTick(() => mailbox.close(reason))
  }

  webSocket.on('message', (data: RawData, isBinary: boolean) => {
    if (closing) return
    if (!isBinary) close(UNSUPPORTED_DATA, 'the other side sent text')
    else if (!mailbox.frame(bytesOf(data))) close(POLICY_VIOLATION, 'too many unread frames')
  })
  webSocket.on('close', (code: number) => {
    closing = true
    mailbox.close(`the connection ended (${code})`)
  })

  return {
    remote: options.remote,
    dialed: options.dialed,
    send(frame): SendResult {
      const taken = frame.length > 0 && frame.length <= limits.frameBytesMax
      if (closing || !taken || webSocket.readyState !== webSocket.OPEN) return 'refused'
      const waiting = webSocket.bufferedAmount + frame.length
      if (waiting > 2 * limits.queuedBytesMax) return 'refused'
      cork()
      full ||= waiting > limits.queuedBytesMax
      if (!full) {
        webSocket.send(frame)
        return 'sent'
      }
      webSocket.send(frame, onWritten)
      return 'full'
    },
    receive: (events) => mailbox.receive(events),
    close: (reason = 'closed by this side') => close(GOING_AWAY, reason),
  }
}

/** The bytes of a message; with the default binary type it is always one buffer. */
export function bytesOf(data: RawData): Uint8Array {
  if (Array.isArray(data)) return new Uint8Array(Buffer.concat(data))
  if (data instanceof ArrayBuffer) return new Uint8Array(data)
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
}
