import { invariant } from '@holdfast/primitives'
import { answerHello, helloFrame, readAnswer } from '../adapter/handshake.ts'
import { createOpening, type Opening } from '../adapter/opening.ts'
import { TransportError } from '../errors.ts'
import { transportLimits } from '../limits.ts'
import type { Channel, DialTarget, PeerIdentity, Transport, TransportLimits } from '../transport.ts'
import { createMemoryEnd, type MemoryEnd } from './memory-channel.ts'
import type { MemoryWires } from './memory-wires.ts'

/** What a dialer needs of the transport that it dials. */
export interface MemoryTransport {
  readonly local: PeerIdentity
  /** A hello arrived: answers it, and opens a channel when it may. */
  answer(hello: Uint8Array, dialer: MemoryDialer): void
}

/** Who listens where in one network. */
export interface MemoryListeners {
  /** Gives a transport an address. */
  register(transport: MemoryTransport): string
  unregister(address: string): void
  at(address: string): MemoryTransport | undefined
}

export interface MemoryWorld {
  readonly wires: MemoryWires
  readonly listeners: MemoryListeners
}

/** What the acceptor needs of the dial. */
export interface MemoryDialer {
  readonly local: PeerIdentity
  readonly end: () => MemoryEnd | undefined
  /** The dialer's end comes to know the acceptor's. */
  join(end: MemoryEnd): void
  reply(frame: Uint8Array): void
}

export function createMemoryTransport(
  world: MemoryWorld,
  local: PeerIdentity,
  given?: Partial<TransportLimits>,
): Transport {
  return new MemoryTransportState(world, local, transportLimits(given))
}

class MemoryTransportState implements Transport, MemoryTransport {
  readonly local: PeerIdentity
  readonly limits: TransportLimits
  readonly #wires: MemoryWires
  readonly #listeners: MemoryListeners
  readonly #ends = new Set<MemoryEnd>()
  readonly #openings = new Set<Opening<Channel>>()
  #accept: ((channel: Channel) => void) | undefined
  #address: string | undefined
  #closed = false

  constructor(world: MemoryWorld, local: PeerIdentity, limits: TransportLimits) {
    this.local = local
    this.limits = limits
    this.#wires = world.wires
    this.#listeners = world.listeners
  }

  async listen(options: { readonly signal?: AbortSignal } = {}): Promise<string> {
    options.signal?.throwIfAborted()
    if (this.#closed) throw new TransportError('closed', 'memory:', 'the transport is closed')
    if (this.local.role === 'client') {
      throw new TransportError('listen-failed', 'memory:', 'a client does not listen')
    }
    invariant(this.#address === undefined, 'listen is called once')
    this.#address = this.#listeners.register(this)
    return this.#address
  }

  onChannel(accept: (channel: Channel) => void): void {
    this.#accept = accept
  }

  async dial(
    target: DialTarget,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<Channel> {
    options.signal?.throwIfAborted()
    const { address } = target
    if (this.#closed) throw new TransportError('closed', address, 'the transport is closed')
    const listener = this.#listeners.at(address)
    if (listener === undefined) {
      throw new TransportError('unreachable', address, 'nobody listens there')
    }
    const opening = this.#open(target, listener, options.signal)
    this.#openings.add(opening)
    try {
      return await opening.promise
    } finally {
      this.#openings.delete(opening)
    }
  }

  #open(
    target: DialTarget,
    listener: MemoryTransport,
    signal: AbortSignal | undefined,
  ): Opening<Channel> {
    const { address, node } = target
    let other: MemoryEnd | undefined
    const end = this.#end(listener.local, () => other, true)
    const opening = createOpening<Channel>({
      address,
      handshakeMs: this.limits.handshakeMs,
      signal,
      abandon: () => end.close('the dial was given up'),
      ...(this.#wires.wait === undefined ? {} : { wait: this.#wires.wait }),
    })
    const onReply = (frame: Uint8Array): void => {
      const answer = readAnswer(frame, this.local, node)
      if (answer.ok) opening.open(end.channel)
      else opening.fail(new TransportError(answer.code, address, 'the handshake was refused'))
    }
    const dialer: MemoryDialer = {
      local: this.local,
      end: () => end,
      join(acceptorEnd) {
        other = acceptorEnd
      },
      reply: (bytes) =>
        this.#wires.carry({ kind: 'handshake', from: listener.local, to: this.local, bytes }, () =>
          onReply(bytes),
        ),
    }
    const bytes = helloFrame(this.local, node)
    let answered = false
    this.#wires.carry({ kind: 'handshake', from: this.local, to: listener.local, bytes }, () => {
      if (!answered) listener.answer(bytes, dialer)
      answered = true
    })
    return opening
  }

  answer(hello: Uint8Array, dialer: MemoryDialer): void {
    if (this.#closed) return
    const answer = answerHello(hello, this.local)
    if (answer.ok) {
      const end = this.#end(answer.remote, dialer.end, false)
      dialer.join(end)
      dialer.reply(answer.reply)
      if (dialer.end()?.mailbox.closed) end.close('the dial was given up')
      if (this.#accept === undefined) end.close('nobody takes channels here')
      else this.#accept(end.channel)
    } else {
      dialer.reply(answer.reply)
    }
  }

  #end(remote: PeerIdentity, other: () => MemoryEnd | undefined, dialed: boolean): MemoryEnd {
    const end: MemoryEnd = createMemoryEnd({
      wires: this.#wires,
      limits: this.limits,
      local: this.local,
      remote,
      dialed,
      other,
      onClose: () => this.#ends.delete(end),
    })
    this.#ends.add(end)
    return end
  }

  async close(): Promise<void> {
    if (this.#address !== undefined) this.#listeners.unregister(this.#address)
    const address = this.#address ?? 'memory:'
    this.#closed = true
    for (const opening of this.#openings) {
      opening.fail(new TransportError('closed', address, 'the transport is closed'))
    }
    for (const end of this.#ends) end.close('the transport is closed')
    // Everything that was posted before has run when this has.
    await new Promise<void>((resolve) => this.#wires.next(resolve))
  }
}
