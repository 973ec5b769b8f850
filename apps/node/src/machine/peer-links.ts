/**
 * The links of a node to the other members of its view: one per incarnation.
 *
 * Rules, each with what breaks without it:
 *   - A link joins two incarnations that are in the installed view. A node that started again is
 *     somebody else and gets a new link, so nothing of its former life is ever delivered.
 *   - A message from a newer epoch than the installed one waits, and all behind it: it may rest on
 *     a view that this node does not know yet. It is not acknowledged, so the peer's window bounds
 *     what waits.
 *   - What arrives while the node may not act waits likewise: a node without authority promises
 *     nothing.
 */
import type { Epoch, Incarnation, Instant, NodeId, NodeName } from '@holdfast/primitives'
import type { Link, LinkSegment } from '@holdfast/transport/link'
import { createLink } from '@holdfast/transport/link'
import type { PacketSource } from './inputs.ts'

export interface LinkPeer {
  readonly node: NodeName
  readonly id: NodeId
  readonly incarnation: Incarnation
  readonly address: string
}

export interface Arrival {
  readonly from: NodeId
  readonly epoch: Epoch
  readonly message: unknown
}

export interface PeerLinks {
  /** The other members of the view just installed. Links to anybody else end here. */
  install(peers: readonly LinkPeer[], epoch: Epoch): void
  /** Queues a message; `false` when that peer's link broke for want of room. */
  push(to: NodeId, message: unknown): boolean
  receive(from: PacketSource, segment: LinkSegment, now: Instant): void
  reconnected(peer: PacketSource): void
  /** The next message that may be handled, consumed. */
  next(): Arrival | undefined
  /** What to send now, by peer. */
  flush(now: Instant): readonly { readonly peer: LinkPeer; readonly segment: LinkSegment }[]
  deadline(): Instant | undefined
  readonly pending: number
}

interface Entry {
  readonly peer: LinkPeer
  readonly link: Link
}

export function createPeerLinks(): PeerLinks {
  return new LinkTable()
}

class LinkTable implements PeerLinks {
  readonly #byId = new Map<NodeId, Entry>()
  readonly #byIncarnation = new Map<Incarnation, Entry>()
  /** Links that may have something to send, and links that may have something to deliver. */
  readonly #touched = new Set<Entry>()
  readonly #arrived = new Set<Entry>()
  #installed: Epoch = 0
  #earliest: Instant | undefined

  install(peers: readonly LinkPeer[], epoch: Epoch): void {
    this.#installed = epoch
    const staying = new Set(peers.map((peer) => peer.incarnation))
    for (const entry of [...this.#byIncarnation.values()]) {
      if (!staying.has(entry.peer.incarnation)) this.#forget(entry)
    }
    for (const peer of peers) {
      if (!this.#byIncarnation.has(peer.incarnation)) this.#remember({ peer, link: createLink() })
    }
    for (const entry of this.#byIncarnation.values()) this.#arrived.add(entry)
  }

  push(to: NodeId, message: unknown): boolean {
    const entry = this.#byId.get(to)
    if (entry === undefined) return true
    this.#touched.add(entry)
    return entry.link.push(this.#installed, message)
  }

  receive(from: PacketSource, segment: LinkSegment, now: Instant): void {
    const entry = this.#byIncarnation.get(from.incarnation)
    if (entry === undefined || entry.peer.node !== from.node) return
    entry.link.receive(segment, now)
    this.#touched.add(entry)
    this.#arrived.add(entry)
  }

  reconnected(peer: PacketSource): void {
    const entry = this.#byIncarnation.get(peer.incarnation)
    if (entry === undefined) return
    entry.link.reconnected()
    this.#touched.add(entry)
  }

  next(): Arrival | undefined {
    for (const entry of this.#arrived) {
      const first = entry.link.peek()
      if (first !== undefined && first.epoch <= this.#installed) {
        entry.link.consume()
        this.#touched.add(entry)
        return { from: entry.peer.id, epoch: first.epoch, message: first.message }
      }
      this.#arrived.delete(entry)
    }
    return undefined
  }

  flush(now: Instant): readonly { readonly peer: LinkPeer; readonly segment: LinkSegment }[] {
    if (this.#earliest !== undefined && this.#earliest <= now) {
      for (const entry of this.#byIncarnation.values()) this.#touched.add(entry)
      this.#earliest = undefined
    }
    const sending: { peer: LinkPeer; segment: LinkSegment }[] = []
    for (const entry of this.#touched) {
      const segment = entry.link.flush(now)
      if (segment !== undefined) sending.push({ peer: entry.peer, segment })
      const at = entry.link.deadline()
      if (at !== undefined) this.#earliest = Math.min(at, this.#earliest ?? at)
    }
    this.#touched.clear()
    return sending
  }

  deadline(): Instant | undefined {
    return this.#earliest
  }

  get pending(): number {
    let sum = 0
    for (const entry of this.#byIncarnation.values()) sum += entry.link.pending
    return sum
  }

  #remember(entry: Entry): void {
    this.#byId.set(entry.peer.id, entry)
    this.#byIncarnation.set(entry.peer.incarnation, entry)
  }

  #forget(entry: Entry): void {
    this.#byId.delete(entry.peer.id)
    this.#byIncarnation.delete(entry.peer.incarnation)
    this.#touched.delete(entry)
    this.#arrived.delete(entry)
  }
}
