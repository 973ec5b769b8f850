import {
  type Channel,
  type DialTarget,
  type Opening,
  type PeerIdentity,
  type Transport,
  TransportError,
  type TransportLimits,
  transportLimits,
} from '@holdfast/transport'
import type { WebSocket } from 'ws'
import { isLoopback } from './loopback.ts'
import { ADMISSION_LIMITS, checkTokens, type WebSocketTransportOptions } from './options.ts'
import { openChannel } from './ws-dialer.ts'
import { createListener, type Listener } from './ws-listener.ts'

/**
 * A transport over WebSockets. Peers and clients come in by one port and are told apart by
 * subprotocol and token; the role of `channel.remote` is proven by the token that was shown.
 */
export function webSocketTransport(options: WebSocketTransportOptions): Transport {
  checkTokens(options.tokens)
  return new WebSocketTransport(options)
}

class WebSocketTransport implements Transport {
  readonly local: PeerIdentity
  readonly limits: TransportLimits
  readonly #options: WebSocketTransportOptions
  /** Every WebSocket that is not closed for good, and how it is closed. */
  readonly #webSockets = new Map<WebSocket, () => void>()
  readonly #openings = new Set<Opening<Channel>>()
  #listener: Listener | undefined
  #accept: ((channel: Channel) => void) | undefined
  #closed: Promise<void> | undefined

  constructor(options: WebSocketTransportOptions) {
    this.local = options.identity
    this.limits = transportLimits(options.limits)
    this.#options = options
  }

  onChannel(accept: (channel: Channel) => void): void {
    this.#accept = accept
  }

  async listen(options: { readonly signal?: AbortSignal } = {}): Promise<string> {
    options.signal?.throwIfAborted()
    const refusal = this.#listenRefusal()
    if (refusal !== undefined) throw refusal
    this.#listener = createListener({
      options: this.#options,
      limits: this.limits,
      admission: { ...ADMISSION_LIMITS, ...this.#options.admission },
      onWebSocket: (webSocket) => this.#track(webSocket),
      onChannel: (webSocket, channel) => {
        this.#hold(webSocket, channel)
        if (this.#accept === undefined) channel.close('nobody takes channels here')
        else this.#accept(channel)
      },
    })
    return this.#listener.start(options.signal)
  }

  #listenRefusal(): TransportError | undefined {
    const { listen, tls, tokens, allowInsecure } = this.#options
    const at = listen === undefined ? 'ws:' : `${listen.host}:${listen.port}`
    const failed = (detail: string): TransportError =>
      new TransportError('listen-failed', at, detail)
    if (this.#closed !== undefined) {
      return new TransportError('closed', at, 'the transport is closed')
    }
    if (this.#listener !== undefined) return failed('it listens already')
    if (this.local.role === 'client') return failed('a client does not listen')
    if (listen === undefined) return failed('no host and port to listen on were given')
    if (tokens.peer === undefined) return failed('a token for peers is needed, on loopback as well')
    if (tls === undefined && !isLoopback(listen.host) && allowInsecure !== true) {
      return failed('TLS is needed to be reached from other machines: give tls, or allowInsecure')
    }
    return undefined
  }

  async dial(
    target: DialTarget,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<Channel> {
    options.signal?.throwIfAborted()
    if (this.#closed !== undefined) {
      throw new TransportError('closed', target.address, 'the transport is closed')
    }
    const opening = openChannel(
      {
        options: this.#options,
        limits: this.limits,
        onWebSocket: (webSocket) => this.#track(webSocket),
        onChannel: (webSocket, channel) => this.#hold(webSocket, channel),
      },
      target,
      options.signal,
    )
    this.#openings.add(opening)
    try {
      return await opening.promise
    } finally {
      this.#openings.delete(opening)
    }
  }

  #track(webSocket: WebSocket): void {
    this.#webSockets.set(webSocket, () => webSocket.terminate())
    // The library tells of an error before the end that it causes; the end is what counts.
    webSocket.on('error', () => undefined)
    webSocket.once('close', () => this.#webSockets.delete(webSocket))
  }

  #hold(webSocket: WebSocket, channel: Channel): void {
    this.#webSockets.set(webSocket, () => channel.close('the transport is closed'))
  }

  close(): Promise<void> {
    this.#closed ??= this.#closeAll()
    return this.#closed
  }

  async #closeAll(): Promise<void> {
    for (const opening of this.#openings) {
      opening.fail(new TransportError('closed', 'ws:', 'the transport is closed'))
    }
    const ends = [...this.#webSockets].map(([webSocket, end]) => {
      const ended = new Promise<void>((resolve) => void webSocket.once('close', () => resolve()))
      end()
      return ended
    })
    await Promise.all([...ends, this.#listener?.close()])
  }
}
