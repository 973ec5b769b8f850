import type { ClientLimits } from '@holdfast/client'
import type { MembershipTiming } from '@holdfast/membership'
import type { Incarnation, NodeName } from '@holdfast/primitives'
import type { PeerIdentity, Transport } from '@holdfast/transport'
import type { NodeEvent } from './events.ts'
import type { GatewayLimits } from './gateway/gateway.ts'
import type { NodeLimits } from './machine/index.ts'

/** Another node of the cluster. */
export interface NodePeer {
  readonly node: NodeName
  /** Where to dial it, in the transport's own form. */
  readonly address: string
  /** Its votes among the first voters. Default 1. */
  readonly votes?: number
}

export interface NodeOptions {
  /** What the operator calls this node: 1 to 64 characters of `a-z A-Z 0-9 . _ -`; unique in the cluster. */
  readonly name: NodeName
  /** Default `holdfast`. Two clusters never mix, even if they share addresses. */
  readonly cluster?: string
  /** Where to listen. Default 127.0.0.1 and port 7400; port 0 takes a free one. */
  readonly listen?: { readonly host?: string; readonly port?: number }
  /** The address that others dial, when it is not the one listened on. */
  readonly advertise?: string
  /** The other nodes. Default none: a cluster of one. */
  readonly peers?: readonly NodePeer[]
  /** The votes of this node. Default 1; 0 = a member without a say. */
  readonly votes?: number
  /**
   * How large a part of the resources this node indexes and masters beside the others, 0 to 10: with 2
   * it indexes twice as many as a node with 1, and draws the mastery of what it uses with half as much
   * use. With 0 it masters nothing that a node with weight could. Default 1.
   */
  readonly weight?: number
  /**
   * True when the cluster exists already and this node joins it. False, the default: this node and
   * `peers` are the first voters, and all of them must name the same ones.
   */
  readonly join?: boolean
  /** The folder of this node alone. Default: nothing is kept, and a restart is a lost disk. */
  readonly dataDir?: string
  /**
   * What clients must show. Default: made at random, kept in `dataDir` when there is one, and left
   * where programs of the same user on this machine find it.
   */
  readonly clientToken?: string
  /** What nodes must show to each other; needed as soon as there are peers. */
  readonly peerToken?: string
  /** Needed to listen anywhere but on loopback. PEM. */
  readonly tls?: NodeTls
  /** Lengths of the membership protocol, the same on every node. Default `default`. */
  readonly timing?: 'default' | 'fast' | 'wan' | MembershipTiming
  readonly limits?: Partial<NodeLimits & GatewayLimits>
  /** Limits of the sessions that `connect()` opens. */
  readonly clientLimits?: Partial<ClientLimits>
  /** Makes the transport of each start of this node. Default: WebSocket. */
  readonly transport?: (identity: PeerIdentity) => Transport
  /**
   * Makes sure that a start of another node can do no harm any more; its locks are given on as soon
   * as this resolves, instead of when its promises have run out. A rejection changes nothing.
   */
  readonly fence?: (node: NodeName, incarnation: Incarnation) => Promise<void>
  /** Told everything that happens. What it throws is not caught. */
  readonly onEvent?: (event: NodeEvent) => void
}

export interface NodeTls {
  readonly cert: string
  readonly key: string
  readonly ca?: string
}
