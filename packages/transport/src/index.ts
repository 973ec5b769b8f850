export type { TransportErrorCode } from './errors.ts'
export { TransportError } from './errors.ts'
export type {
  Channel,
  ChannelEvents,
  DialTarget,
  PeerIdentity,
  Transport,
  TransportLimits,
} from './transport.ts'
