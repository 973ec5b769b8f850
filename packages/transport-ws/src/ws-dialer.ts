import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import {
  type Channel,
  createOpening,
  type DialTarget,
  helloFrame,
  type Opening,
  readAnswer,
  TransportError,
  type TransportLimits,
} from '@holdfast/transport'
import { type ClientOptions, WebSocket } from 'ws'
import { isLoopback } from './loopback.ts'
import { SUBPROTOCOLS, type WebSocketTransportOptions } from './options.ts'
import { bearer } from './token.ts'
import { bytesOf, createWebSocketChannel } from './ws-channel.ts'
import { type SocketSettings, socketSettings } from './ws-settings.ts'

export interface DialerOptions {
  readonly options: WebSocketTransportOptions
  readonly limits: TransportLimits
  readonly onWebSocket: (webSocket: WebSocket) => void
  readonly onChannel: (webSocket: WebSocket, channel: Channel) => void
}

/** Begins to dial. Every failure comes through the opening, as a `TransportError`. */
export function openChannel(
  dialer: DialerOptions,
  target: DialTarget,
  signal: AbortSignal | undefined,
): Opening<Channel> {
  const { limits } = dialer
  let webSocket: WebSocket | undefined
  const opening = createOpening<Channel>({
    address: target.address,
    handshakeMs: limits.handshakeMs,
    signal,
    abandon: () => webSocket?.terminate(),
  })
  const refusal = addressRefusal(target.address, dialer.options)
  if (refusal !== undefined) {
    opening.fail(refusal)
    return opening
  }
  const { identity } = dialer.options
  webSocket = new WebSocket(target.address, [SUBPROTOCOLS[identity.role]], clientOptions(dialer))
  dialer.onWebSocket(webSocket)
  shakeHands({ webSocket, dialer, target, opening })
  return opening
}

interface Handshake {
  readonly webSocket: WebSocket
  readonly dialer: DialerOptions
  readonly target: DialTarget
  readonly opening: Opening<Channel>
}

function shakeHands({ webSocket, dialer, target, opening }: Handshake): void {
  const { limits, options } = dialer
  const { address, node } = target
  let socket: Socket | undefined

  const fail = (code: 'unreachable' | 'refused', detail: string, options?: ErrorOptions): void =>
    opening.fail(new TransportError(code, address, detail, options))

  webSocket.once('upgrade', (response: IncomingMessage) => {
    socket = response.socket
  })
  webSocket.once('open', () => webSocket.send(helloFrame(options.identity, node)))
  webSocket.once('unexpected-response', (request, response) => {
    request.destroy()
    fail('refused', `the other side answered with HTTP status ${response.statusCode}`)
  })
  // The system's errors have a code; an error without one says that the answer was not as it must be.
  webSocket.once('error', (cause: NodeJS.ErrnoException) => {
    fail(cause.code === undefined ? 'refused' : 'unreachable', cause.message, { cause })
  })
  webSocket.once('close', (code) => fail('unreachable', `the connection ended (${code})`))
  webSocket.once('message', (data, isBinary) => {
    const frame = isBinary ? bytesOf(data) : new Uint8Array()
    const answer = readAnswer(frame, options.identity, node)
    if (!answer.ok) {
      opening.fail(new TransportError(answer.code, address, 'the handshake was refused'))
      return
    }
    if (socket === undefined) {
      fail('refused', 'the connection was not upgraded')
      return
    }
    const { remote } = answer
    const channel = createWebSocketChannel({ webSocket, socket, limits, remote, dialed: true })
    dialer.onChannel(webSocket, channel)
    opening.open(channel)
  })
}

function clientOptions({ options, limits }: DialerOptions): ClientOptions & SocketSettings {
  const { tls, identity, tokens } = options
  const token = tokens[identity.role]
  return {
    ...socketSettings(limits),
    followRedirects: false,
    handshakeTimeout: limits.handshakeMs,
    headers: token === undefined ? {} : { authorization: bearer(token) },
    ...(tls === undefined
      ? {}
      : {
          cert: Buffer.from(tls.cert),
          key: Buffer.from(tls.key),
          minVersion: 'TLSv1.3',
          ...(tls.ca === undefined ? {} : { ca: Buffer.from(tls.ca) }),
        }),
  }
}

/** Why an address is not dialed at all. */
function addressRefusal(
  address: string,
  options: WebSocketTransportOptions,
): TransportError | undefined {
  const url = URL.parse(address)
  const isOurs = url !== null && (url.protocol === 'ws:' || url.protocol === 'wss:')
  if (!isOurs || url.pathname !== '/' || url.username !== '') {
    const detail = 'an address has the form ws://host:port or wss://host:port'
    return new TransportError('unreachable', address, detail)
  }
  const readable = url.protocol === 'ws:' && !isLoopback(url.hostname)
  if (readable && options.allowInsecure !== true) {
    const detail = 'the token would travel readable: use wss://, or set allowInsecure'
    return new TransportError('refused', address, detail)
  }
  return undefined
}
