import type { Instant, NodeName } from '@holdfast/primitives'
import type { Channel, Packet } from '@holdfast/transport'
import type { Cancel } from './clock.ts'
import { createPeer, type Peer } from './peer.ts'
import { PEER_LIMITS, type PeerLimits, SWEEP_MS } from './peer-limits.ts'
import type { PeerDirectoryOptions } from './peer-options.ts'

/** Where a packet goes. */
export interface PeerAddress {
  readonly node: NodeName
  /** What to dial; equal to `node` when no address is known, and then only the peer can dial. */
  readonly address: string
}

/**
 * Keeps a channel to every peer that is written to. There is nothing to open: the first packet to a
 * peer makes it known and dials it, regular packets keep it, and one that is no longer written to is
 * forgotten. Packets are datagrams: one that cannot be sent now is dropped, never kept.
 */
export interface PeerDirectory {
  send(to: PeerAddress, packet: Packet): void
  /** Takes over a channel that a peer opened; not those of clients. */
  accept(channel: Channel): void
  /** Peers with an open channel, sorted by name. */
  connected(): readonly NodeName[]
  /** Closes all channels and dials no more. */
  close(): void
}

export function createPeerDirectory(options: PeerDirectoryOptions): PeerDirectory {
  return new Directory(options)
}

class Directory implements PeerDirectory {
  readonly #options: PeerDirectoryOptions
  readonly #limits: PeerLimits
  readonly #peers = new Map<NodeName, Peer>()
  #cancelSweep: Cancel | undefined
  #sweepDue: Instant = 0
  #closed = false

  constructor(options: PeerDirectoryOptions) {
    this.#options = options
    this.#limits = { ...PEER_LIMITS, ...options.limits }
  }

  send(to: PeerAddress, packet: Packet): void {
    this.#peer(to.node)?.send(to.address, packet)
  }

  accept(channel: Channel): void {
    const peer = this.#peer(channel.remote.node)
    if (peer === undefined) channel.close('no more peers are taken')
    else peer.adopt(channel)
  }

  connected(): readonly NodeName[] {
    const open = [...this.#peers].filter(([, peer]) => peer.isConnected())
    return open.map(([node]) => node).sort()
  }

  close(): void {
    this.#closed = true
    this.#cancelSweep?.()
    for (const peer of this.#peers.values()) peer.close('this node stops')
    this.#peers.clear()
  }

  #peer(node: NodeName): Peer | undefined {
    if (this.#closed) return undefined
    const known = this.#peers.get(node)
    if (known !== undefined) return known
    if (this.#peers.size >= this.#limits.peersMax) return undefined
    const peer = createPeer({ ...this.#options, node, limits: this.#limits })
    this.#peers.set(node, peer)
    if (this.#cancelSweep === undefined) this.#sweepLater()
    return peer
  }

  #sweepLater(): void {
    const { clock } = this.#options
    this.#sweepDue = clock.now() + SWEEP_MS
    this.#cancelSweep = clock.after(SWEEP_MS, () => clock.soon(() => this.#sweep()))
  }

  /**
   * Runs when the sockets have been read, so an answer that waits there counts. When it is late
   * nevertheless, this process was away: what it could not hear is not held against anybody.
   */
  #sweep(): void {
    this.#cancelSweep = undefined
    if (this.#closed) return
    const now = this.#options.clock.now()
    const wasAway = now - this.#sweepDue > this.#limits.silenceMs / 4
    for (const [node, peer] of this.#peers) {
      if (wasAway) peer.forgive(now)
      peer.sweep(now)
      if (peer.isForgotten(now)) this.#peers.delete(node)
    }
    if (this.#peers.size > 0) this.#sweepLater()
  }
}
