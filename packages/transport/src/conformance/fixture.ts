import type { PeerIdentity, Transport, TransportLimits } from '../transport.ts'

/** What an adapter promises beyond the contract. The kit then checks it. */
export interface TransportCapabilities {
  /** Frames of one channel arrive in the order in which they were sent. */
  readonly ordered: boolean
  /** Frames of one channel arrive, each once, as long as the channel is not closed. */
  readonly reliable: boolean
}

/** What the author of an adapter gives to the kit. */
export interface TransportFixture {
  readonly capabilities: TransportCapabilities
  /** A new transport. All that the kit creates in one test must reach one another. */
  createTransport(
    identity: PeerIdentity,
    limits?: Partial<TransportLimits>,
  ): Transport | Promise<Transport>
  /** An address where nobody listens. Default: the address of a transport that was closed. */
  unusedAddress?(): string | Promise<string>
  /** Runs after each test, when the kit has closed its transports. */
  teardown?(): void | Promise<void>
}
