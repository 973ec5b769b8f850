import type { SessionCall, SessionEvent } from '@holdfast/lock-engine/messages'
import type { Instant, Random } from '@holdfast/primitives'
import { drawLatency, type Latency } from '@holdfast/simulator'
import type { WorldNode } from '../world-node.ts'

/** What happens at the client's end of a connection. */
export interface ConnectionEvents {
  onEvent(event: SessionEvent): void
  /** The other end is gone, and the network said so. */
  onCut(): void
}

/** The client's end of one session with one start of a node: in order, both ways, until it is cut. */
export interface Connection {
  readonly node: string
  readonly incarnation: string
  readonly session: number
  call(call: SessionCall): void
  /** Ends it from the client's side; the node is told after `tellAfterMs`, or never. */
  cut(tellAfterMs: number | undefined): void
  /** An event that left the node. */
  deliver(event: SessionEvent): void
  /** The process at the other end is gone; the client hears it after `tellAfterMs`, or never. */
  lose(tellAfterMs: number | undefined): void
}

export interface ConnectionSetup {
  readonly node: WorldNode
  readonly session: number
  readonly label: string
  readonly latency: Latency
  readonly random: Random
  readonly now: () => Instant
  readonly at: (time: Instant, action: () => void) => void
}

export function createConnection(setup: ConnectionSetup, events: ConnectionEvents): Connection {
  const { node, session, label, now, random, at } = setup
  const incarnation = node.incarnation as string
  let toNode: Instant = now()
  let toClient: Instant = now()
  let open = true

  const give = (input: Parameters<WorldNode['give']>[0], otherwise?: () => void): void => {
    toNode = Math.max(toNode, now() + drawLatency(setup.latency, random))
    at(toNode, () => {
      if (node.incarnation === incarnation) node.give(input)
      else otherwise?.()
    })
  }
  const connection: Connection = {
    node: node.name,
    incarnation,
    session,
    call(call) {
      if (open) give({ kind: 'session-call', session, call })
    },
    cut(tellAfterMs) {
      if (!open) return
      open = false
      if (tellAfterMs === undefined) return
      toNode = Math.max(toNode, now() + tellAfterMs)
      give({ kind: 'session-gone', session })
    },
    deliver(event) {
      toClient = Math.max(toClient, now() + drawLatency(setup.latency, random))
      at(toClient, () => {
        if (open) events.onEvent(event)
      })
    },
    lose(tellAfterMs) {
      if (tellAfterMs === undefined) return
      toClient = Math.max(toClient, now() + tellAfterMs)
      at(toClient, () => {
        if (!open) return
        open = false
        events.onCut()
      })
    },
  }
  // Nobody takes it: the process that was dialled has gone meanwhile.
  give({ kind: 'session-opened', session, label }, () => connection.lose(0))
  return connection
}
