import { createServer, type IncomingMessage, type Server, STATUS_CODES } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import {
  answerHello,
  type Channel,
  type PeerIdentity,
  type PeerRole,
  TransportError,
  type TransportLimits,
} from '@holdfast/transport'
import { type WebSocket, WebSocketServer } from 'ws'
import { isLoopback } from './loopback.ts'
import type { AdmissionLimits, WebSocketTransportOptions } from './options.ts'
import { addressOf, createStrangers, type Strangers } from './strangers.ts'
import { createGate, type GateVerdict } from './upgrade-gate.ts'
import { bytesOf, createWebSocketChannel } from './ws-channel.ts'
import { socketSettings } from './ws-settings.ts'

export interface ListenerOptions {
  readonly options: WebSocketTransportOptions
  readonly limits: TransportLimits
  readonly admission: AdmissionLimits
  /** Every WebSocket from its first moment on, so that it can be closed. */
  readonly onWebSocket: (webSocket: WebSocket) => void
  readonly onChannel: (webSocket: WebSocket, channel: Channel) => void
}

export interface Listener {
  /** The address that others dial. */
  start(signal: AbortSignal | undefined): Promise<string>
  /** Stops to accept, and closes what has not said who it is. Resolves when every socket is closed. */
  close(): Promise<void>
}

/** Requests without an upgrade have no business here; these bounds are for what they may cost. */
const HTTP_SETTINGS = {
  maxHeaderSize: 8_192,
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  connectionsCheckingInterval: 1_000,
  keepAliveTimeout: 1,
  requireHostHeader: true,
  insecureHTTPParser: false,
}

const POLICY_VIOLATION = 1008

export function createListener(listening: ListenerOptions): Listener {
  return new WebSocketListener(listening)
}

class WebSocketListener implements Listener {
  readonly #listening: ListenerOptions
  readonly #local: PeerIdentity
  readonly #server: Server
  readonly #upgrader: WebSocketServer
  readonly #strangers: Strangers
  readonly #gate: (request: IncomingMessage) => GateVerdict

  constructor(listening: ListenerOptions) {
    const { options, limits, admission } = listening
    this.#listening = listening
    this.#local = options.identity
    this.#server = createHttpServer(options)
    this.#server.maxConnections = admission.connectionsMax
    this.#upgrader = new WebSocketServer({
      ...socketSettings(limits),
      noServer: true,
      clientTracking: false,
    })
    this.#strangers = createStrangers({
      limits: admission,
      patienceMs: limits.handshakeMs,
      onRefusal: (from, reason) => options.onRefusal?.({ from, reason }),
    })
    this.#gate = createGate({
      tokens: options.tokens,
      loopbackOnly: isLoopback(options.listen?.host ?? ''),
      peersShowCertificate: options.tls?.ca !== undefined,
    })
    this.#attach()
  }

  #attach(): void {
    const server = this.#server
    server.on('connection', (socket: Socket) => {
      if (!this.#strangers.admit(socket)) socket.destroy()
    })
    server.on('request', (_request, response) => {
      response.writeHead(426, { connection: 'close', upgrade: 'websocket' })
      response.end()
    })
    server.on('upgrade', (request, socket, head) => this.#onUpgrade(request, socket, head))
    // A broken request, a broken TLS handshake: the socket ends, nothing else does.
    server.on('clientError', (_error, socket) => socket.destroy())
    server.on('tlsClientError', (_error, socket) => socket.destroy())
  }

  #onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const drop = (): void => void socket.destroy()
    socket.on('error', drop)
    const verdict = this.#gate(request)
    if (!verdict.ok) {
      this.#refused(request.socket, verdict.reason)
      socket.end(httpRefusal(verdict.status, verdict.reason), drop)
      return
    }
    this.#upgrader.handleUpgrade(request, socket, head, (webSocket) => {
      socket.off('error', drop)
      this.#listening.onWebSocket(webSocket)
      webSocket.once('message', (data, isBinary) => {
        const frame = isBinary ? bytesOf(data) : new Uint8Array()
        this.#onHello(webSocket, request.socket, { frame, role: verdict.role })
      })
    })
  }

  #onHello(
    webSocket: WebSocket,
    socket: Socket,
    hello: { frame: Uint8Array; role: PeerRole },
  ): void {
    const answer = answerHello(hello.frame, this.#local)
    webSocket.send(answer.reply)
    if (!answer.ok) {
      this.#refused(socket, answer.code)
      webSocket.close(POLICY_VIOLATION)
      return
    }
    // Whoever showed the token of a client cannot call itself a peer, nor the other way round.
    if (answer.remote.role !== hello.role) {
      this.#refused(socket, `the token is not that of a ${answer.remote.role}`)
      webSocket.close(POLICY_VIOLATION)
      return
    }
    this.#strangers.settle(socket)
    const { limits, onChannel } = this.#listening
    const { remote } = answer
    const channel = createWebSocketChannel({ webSocket, socket, limits, remote, dialed: false })
    onChannel(webSocket, channel)
  }

  #refused(socket: Socket, reason: string): void {
    this.#listening.options.onRefusal?.({ from: addressOf(socket), reason })
  }

  start(signal: AbortSignal | undefined): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<string>()
    const { listen, tls, advertise } = this.#listening.options
    const { host, port } = listen ?? { host: '', port: 0 }
    const scheme = tls === undefined ? 'ws' : 'wss'
    const onAbort = (): void => {
      this.#server.close()
      reject(signal?.reason)
    }
    const onError = (cause: Error): void => {
      const address = urlOf(scheme, host, port)
      reject(new TransportError('listen-failed', address, cause.message, { cause }))
    }
    signal?.addEventListener('abort', onAbort, { once: true })
    this.#server.once('error', onError)
    this.#server.listen({ host, port }, () => {
      signal?.removeEventListener('abort', onAbort)
      this.#server.off('error', onError)
      const address = this.#server.address() as AddressInfo
      resolve(advertise ?? urlOf(scheme, host, address.port))
    })
    return promise
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => void this.#server.close(() => resolve()))
    this.#strangers.close()
    await closed
  }
}

function createHttpServer(options: WebSocketTransportOptions): Server {
  const { tls } = options
  if (tls === undefined) return createServer(HTTP_SETTINGS)
  return createSecureServer({
    ...HTTP_SETTINGS,
    cert: Buffer.from(tls.cert),
    key: Buffer.from(tls.key),
    minVersion: 'TLSv1.3',
    // Clients need no certificate; the gate asks peers for theirs.
    ...(tls.ca === undefined
      ? {}
      : { ca: Buffer.from(tls.ca), requestCert: true, rejectUnauthorized: false }),
  })
}

function httpRefusal(status: number, reason: string): string {
  return [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Refused'}`,
    'Connection: close',
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(reason)}`,
    '',
    reason,
  ].join('\r\n')
}

function urlOf(scheme: string, host: string, port: number): string {
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`
}
