import type { SessionEvent } from '@holdfast/lock-engine/messages'
import type { Incarnation, Instant, NodeName } from '@holdfast/primitives'
import type { Packet, SessionNumber } from './inputs.ts'
import type { NodeFact, NodeOutput } from './outputs.ts'
import type { PeerLinks } from './peer-links.ts'

/** Collects what a turn brings about; at its end, all for one peer leaves in one packet. */
export interface Outbox {
  put(output: NodeOutput): void
  observe(fact: NodeFact): void
  tell(session: SessionNumber, event: SessionEvent): void
  datagram(to: { readonly node: NodeName; readonly address: string }, message: unknown): void
  /** Takes everything out, with the packets last. */
  take(links: PeerLinks, now: Instant): readonly NodeOutput[]
}

interface Datagrams {
  readonly address: string
  readonly messages: unknown[]
}

export function createOutbox(): Outbox {
  let outputs: NodeOutput[] = []
  let datagrams = new Map<NodeName, Datagrams>()

  const packets = (links: PeerLinks, now: Instant): void => {
    for (const { peer, segment } of links.flush(now)) {
      const messages = datagrams.get(peer.node)?.messages ?? []
      datagrams.delete(peer.node)
      const to: Incarnation = peer.incarnation
      const packet: Packet = { datagrams: messages, to, link: segment }
      outputs.push({ kind: 'send', to: { node: peer.node, address: peer.address }, packet })
    }
    for (const [node, { address, messages }] of datagrams) {
      outputs.push({ kind: 'send', to: { node, address }, packet: { datagrams: messages } })
    }
    if (datagrams.size > 0) datagrams = new Map()
  }

  return {
    put: (output) => void outputs.push(output),
    observe: (fact) => void outputs.push({ kind: 'observed', fact }),
    tell: (session, event) => void outputs.push({ kind: 'session', session, event }),
    datagram(to, message) {
      const queued = datagrams.get(to.node)
      if (queued !== undefined) queued.messages.push(message)
      else datagrams.set(to.node, { address: to.address, messages: [message] })
    },
    take(links, now) {
      packets(links, now)
      const taken = outputs
      outputs = []
      return taken
    },
  }
}
