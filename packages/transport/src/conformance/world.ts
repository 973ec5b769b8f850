import type { Channel, PeerIdentity, PeerRole, Transport, TransportLimits } from '../transport.ts'
import type { TransportFixture } from './fixture.ts'
import { bounded, type Probe, probe } from './probe.ts'

/** A transport under test, with the channels that others opened to it. */
export interface Site {
  readonly transport: Transport
  readonly address: string
  readonly accepted: readonly Channel[]
  /** The next channel that another process opens, in order. */
  nextChannel(): Promise<Channel>
}

export interface SiteOptions {
  readonly cluster?: string
  readonly role?: PeerRole
  readonly limits?: Partial<TransportLimits>
}

/** One test's transports. */
export interface World {
  readonly fixture: TransportFixture
  /** A transport that listens, unless it is a client. */
  site(node: string, options?: SiteOptions): Promise<Site>
  /** A transport that does not listen yet. */
  transport(node: string, options?: SiteOptions): Promise<Transport>
  /** A channel between two sites, watched at both ends. */
  join(from: Site, to: Site): Promise<{ readonly dialer: Probe; readonly acceptor: Probe }>
  close(): Promise<void>
}

export function createWorld(fixture: TransportFixture): World {
  const transports: Transport[] = []
  let starts = 0

  const identity = (node: string, options: SiteOptions): PeerIdentity => {
    starts += 1
    return {
      cluster: options.cluster ?? 'kit',
      node,
      incarnation: starts.toString(16).padStart(16, '0'),
      role: options.role ?? 'peer',
    }
  }
  const create = async (node: string, options: SiteOptions): Promise<Transport> => {
    const transport = await fixture.createTransport(identity(node, options), options.limits)
    transports.push(transport)
    return transport
  }
  return {
    fixture,
    transport: (node, options = {}) => create(node, options),
    async site(node, options = {}) {
      const transport = await create(node, options)
      const accepted: Channel[] = []
      const awaited: ((channel: Channel) => void)[] = []
      let taken = 0
      transport.onChannel((channel) => {
        accepted.push(channel)
        awaited.shift()?.(channel)
      })
      const isClient = options.role === 'client'
      const address = isClient ? '' : await bounded('the listener', transport.listen())
      return {
        transport,
        address,
        accepted,
        nextChannel() {
          taken += 1
          const channel = accepted[taken - 1]
          if (channel !== undefined) return Promise.resolve(channel)
          const promise = new Promise<Channel>((resolve) => void awaited.push(resolve))
          return bounded('a channel from another process', promise)
        },
      }
    },
    async join(from, to) {
      const dialing = from.transport.dial({ address: to.address })
      const [dialed, accepted] = await Promise.all([bounded('the dial', dialing), to.nextChannel()])
      return { dialer: probe(dialed), acceptor: probe(accepted) }
    },
    async close() {
      await Promise.all(transports.map((transport) => bounded('the close', transport.close())))
      await fixture.teardown?.()
    },
  }
}
