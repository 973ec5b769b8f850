import { createCallReader, createEventWriter } from '@holdfast/client/wire'
import { refusalOf, type SessionCall, type SessionEvent } from '@holdfast/lock-engine/messages'
import type { Channel } from '@holdfast/transport'
import type { FrontDesk } from './front-desk.ts'

export interface GatewayLimits {
  /** Calls of one session that have no completion and no answer yet; one more is refused. Default 65,536. */
  readonly sessionCallsMax: number
  /** Client channels of this node; one more is closed at once. Default 10,000. */
  readonly channelsMax: number
}

export const GATEWAY_LIMITS: GatewayLimits = { sessionCallsMax: 65_536, channelsMax: 10_000 }

export interface GatewayOptions {
  readonly desk: FrontDesk
  readonly frameBytesMax: number
  readonly limits: GatewayLimits
  /** A channel was closed from this side: who was there, and why. */
  readonly onTurnedAway: (client: string, reason: string) => void
}

/** How long the other side may take to close a channel that is of no more use, ms. */
const CLOSING_MS = 1_000

/** Turns channels of clients into sessions of the node. */
export interface Gateway {
  accept(channel: Channel): void
  /** From now on nobody new is taken: clients then ask another node. */
  turnAwayNew(reason: string): void
  readonly channels: number
}

export function createGateway(options: GatewayOptions): Gateway {
  const open = new Set<ClientChannel>()
  let closedTo: string | undefined
  return {
    turnAwayNew(reason) {
      closedTo = reason
    },
    accept(channel) {
      const full = `this node serves ${options.limits.channelsMax} clients already`
      const reason = closedTo ?? (open.size >= options.limits.channelsMax ? full : undefined)
      if (reason !== undefined) {
        channel.close(reason)
        options.onTurnedAway(channel.remote.node, reason)
        return
      }
      const client = new ClientChannel(channel, options, () => open.delete(client))
      open.add(client)
    },
    get channels(): number {
      return open.size
    },
  }
}

class ClientChannel {
  readonly #channel: Channel
  readonly #options: GatewayOptions
  readonly #session: number
  readonly #writer: ReturnType<typeof createEventWriter>
  readonly #reader: ReturnType<typeof createCallReader>
  readonly #onEnd: () => void
  #events: SessionEvent[] = []
  #pending = 0
  #ended = false
  #stuck = false

  constructor(channel: Channel, options: GatewayOptions, onEnd: () => void) {
    const { desk, frameBytesMax } = options
    this.#channel = channel
    this.#options = options
    this.#onEnd = onEnd
    this.#writer = createEventWriter({ frameBytesMax })
    this.#reader = createCallReader({ frameBytesMax })
    this.#session = desk.open(channel.remote.node, (event) => this.#send(event))
    channel.receive({
      onFrame: (frame) => this.#onFrame(frame),
      onClose: () => this.#onClose(),
    })
  }

  #onFrame(frame: Uint8Array): void {
    if (this.#ended) return
    const read = this.#reader.decode(frame)
    if (!read.ok) {
      this.#turnAway(read.reason)
      return
    }
    for (const call of read.items) this.#onCall(call)
  }

  #onCall(call: SessionCall): void {
    if (call.kind === 'ping' || call.kind === 'close') {
      this.#pass(call)
      return
    }
    const { sessionCallsMax } = this.#options.limits
    this.#pending += 1
    if (this.#pending <= sessionCallsMax || call.kind === 'unlock') {
      this.#pass(call)
      return
    }
    const reason = `more than ${sessionCallsMax} calls wait in this session; let some of them end`
    this.#send(refusalOf(call, reason))
  }

  #pass(call: SessionCall): void {
    if (this.#options.desk.call(this.#session, call)) return
    this.#turnAway('the node has more to do than it can keep')
  }

  /** Events of one turn travel in one frame. */
  #send(event: SessionEvent): void {
    if (this.#ended || this.#stuck) return
    if (endsCall(event)) this.#pending -= 1
    if (this.#events.push(event) === 1) queueMicrotask(() => this.#flush())
  }

  #flush(): void {
    const events = this.#events
    this.#events = []
    if (this.#ended) return
    for (const frame of this.#writer.encode(events)) {
      if (this.#channel.send(frame) !== 'refused') continue
      this.#onStuck()
      return
    }
    // The client closes when it has read that; one that does not is not waited for.
    if (events.some(({ kind }) => kind === 'closed')) {
      setTimeout(() => this.#end('session closed'), CLOSING_MS).unref()
    }
  }

  /**
   * A channel takes nothing more when the client does not read, and also in the moment between the
   * end of the client and the news of it. So the news are waited for: a client that is gone frees
   * its locks at once, and only one that lives on keeps them for its lease.
   */
  #onStuck(): void {
    this.#stuck = true
    const reason = 'the client does not read what it is told'
    setTimeout(() => this.#turnAway(reason), CLOSING_MS).unref()
  }

  /**
   * The client may not hear of this for a while, and believes in its locks meanwhile. So they are
   * not freed now, but when its lease has passed: by then its own deadline has passed, too.
   */
  #turnAway(reason: string): void {
    if (this.#ended) return
    this.#options.desk.abandon(this.#session)
    this.#options.onTurnedAway(this.#channel.remote.node, reason)
    this.#end(reason)
  }

  /** The other side closed: the client is gone, or gave up its session. */
  #onClose(): void {
    if (this.#ended) return
    this.#options.desk.gone(this.#session)
    this.#ended = true
    this.#onEnd()
  }

  #end(reason: string): void {
    if (this.#ended) return
    this.#ended = true
    this.#channel.close(reason)
    this.#onEnd()
  }
}

/** True for the one event that each call gets in the end, pings and the end of the session apart. */
function endsCall(event: SessionEvent): boolean {
  return 'call' in event && event.kind !== 'pong'
}
