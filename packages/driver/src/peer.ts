import type { Instant, NodeName } from '@holdfast/primitives'
import { type Channel, type Packet, TransportError } from '@holdfast/transport'
import { createPeerChannels, type PeerChannels } from './peer-channels.ts'
import type { PeerLimits } from './peer-limits.ts'
import type { PeerDirectoryOptions, PeerFact } from './peer-options.ts'

export interface PeerOptions extends PeerDirectoryOptions {
  readonly node: NodeName
  readonly limits: PeerLimits
}

/** One peer: its channels, and the dial that is to make a new one. */
export interface Peer {
  send(address: string, packet: Packet): void
  adopt(channel: Channel): void
  /** Looks at the silence and at the dial. */
  sweep(now: Instant): void
  forgive(now: Instant): void
  isConnected(): boolean
  /** Nothing was sent for long, and no channel is open. */
  isForgotten(now: Instant): boolean
  close(reason: string): void
}

export function createPeer(options: PeerOptions): Peer {
  return new PeerState(options)
}

class PeerState implements Peer {
  readonly #options: PeerOptions
  readonly #channels: PeerChannels
  #address: string | undefined
  #writtenAt: Instant
  #dial: AbortController | undefined
  #dialFrom: Instant
  #held: Channel | undefined
  #closed = false

  constructor(options: PeerOptions) {
    this.#options = options
    this.#channels = createPeerChannels(options.limits.channelsMax)
    this.#writtenAt = options.clock.now()
    this.#dialFrom = options.clock.now()
  }

  send(address: string, packet: Packet): void {
    const now = this.#options.clock.now()
    this.#address = address
    this.#writtenAt = now
    const channel = this.#channels.newest()
    if (channel === undefined) {
      this.#observe({ kind: 'dropped', node: this.#options.node, frames: 1 })
      this.#dialWhenDue(now)
      return
    }
    this.#channels.noteSent(now)
    this.#transmit(channel, packet)
  }

  /**
   * While a channel is full only datagrams go out: heartbeats are small and must not be late, and
   * what a link has to say would only wait longer in a queue; it is repeated after the drain.
   */
  #transmit(channel: Channel, packet: Packet): void {
    const { codec, node } = this.#options
    const isHeld = this.#held === channel
    const { frames, oversized } = codec.encode(isHeld ? { datagrams: packet.datagrams } : packet)
    for (const message of oversized) this.#observe({ kind: 'oversized', node, message })
    let dropped = isHeld && packet.link !== undefined ? 1 : 0
    for (const frame of frames) {
      const result = channel.send(frame)
      if (result === 'refused') dropped += 1
      if (result === 'full') this.#held = channel
    }
    if (dropped > 0) this.#observe({ kind: 'dropped', node, frames: dropped })
  }

  adopt(channel: Channel): void {
    const { node, onUp } = this.#options
    if (this.#closed) {
      channel.close('this node stops')
      return
    }
    this.#channels.add(channel)
    this.#observe({ kind: 'channel-opened', node, dialed: channel.dialed })
    channel.receive({
      onFrame: (frame) => this.#onFrame(channel, frame),
      onDrain: () => this.#onDrain(channel),
      onClose: (reason) => this.#onClose(channel, reason),
    })
    onUp(channel.remote)
  }

  #onFrame(channel: Channel, frame: Uint8Array): void {
    const { codec, node, onPacket } = this.#options
    if (this.#closed) return
    const decoded = codec.decode(frame)
    if (decoded.ok) {
      this.#channels.noteHeard()
      onPacket(channel.remote, decoded.value)
      return
    }
    this.#observe({ kind: 'bad-frame', node, reason: decoded.reason })
    this.#channels.remove(channel)
    channel.close(`a bad frame: ${decoded.reason}`)
  }

  #onDrain(channel: Channel): void {
    if (this.#held !== channel) return
    this.#held = undefined
    this.#options.onUp(channel.remote)
  }

  #onClose(channel: Channel, reason: string): void {
    const { node, clock } = this.#options
    this.#channels.remove(channel)
    if (this.#held === channel) this.#held = undefined
    this.#observe({ kind: 'channel-closed', node, reason })
    this.#dialWhenDue(clock.now())
  }

  sweep(now: Instant): void {
    const { limits, node } = this.#options
    if (this.#channels.isSilentSince(now - limits.silenceMs)) {
      this.#observe({ kind: 'silent', node })
      this.#channels.close('the other side is silent')
      this.#held = undefined
      this.#dialFrom = now
    }
    this.#dialWhenDue(now)
  }

  #dialWhenDue(now: Instant): void {
    const { limits, node } = this.#options
    const address = this.#address
    const wanted = now - this.#writtenAt < limits.forgetMs && !this.#closed
    const known = address !== undefined && address !== node
    if (!wanted || !known || now < this.#dialFrom) return
    if (this.#dial !== undefined || this.isConnected()) return
    this.#dialFrom = now + limits.redialMs
    void this.#dialNow(address)
  }

  /** Never rejects: a failed dial is a fact, and the next one is due soon. */
  async #dialNow(address: string): Promise<void> {
    const { transport, clock, limits, node } = this.#options
    const dial = new AbortController()
    this.#dial = dial
    const cancel = clock.after(limits.dialMs, () => {
      dial.abort(new TransportError('handshake-timeout', address, `took ${limits.dialMs} ms`))
    })
    try {
      this.adopt(await transport.dial({ address, node }, { signal: dial.signal }))
    } catch (error) {
      this.#onDialFailed(error)
    } finally {
      cancel()
      this.#dial = undefined
    }
  }

  #onDialFailed(error: unknown): void {
    const { clock, limits, node } = this.#options
    const reason = error instanceof Error ? error.message : String(error)
    const silent =
      TransportError.is(error) && ['unreachable', 'handshake-timeout'].includes(error.code)
    if (!silent) this.#dialFrom = clock.now() + limits.refusedRedialMs
    if (!this.#closed) this.#observe({ kind: 'dial-failed', node, reason })
  }

  forgive(now: Instant): void {
    this.#channels.forgive(now)
  }

  isConnected(): boolean {
    return this.#channels.newest() !== undefined
  }

  isForgotten(now: Instant): boolean {
    const { limits } = this.#options
    const idle = now - this.#writtenAt >= limits.forgetMs
    return idle && !this.isConnected() && this.#dial === undefined
  }

  close(reason: string): void {
    this.#closed = true
    this.#dial?.abort(new TransportError('closed', this.#address ?? '', reason))
    this.#channels.close(reason)
  }

  #observe(fact: PeerFact): void {
    this.#options.observe?.(fact)
  }
}
