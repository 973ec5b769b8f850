/**
 * A transport over WebSockets, for nodes and for clients, on one port. Only who shows the right token
 * gets in; browsers never do. It moves bytes; what they mean is the business of others.
 */
export { isLoopback } from './loopback.ts'
export type {
  AdmissionLimits,
  Refusal,
  TlsSettings,
  Tokens,
  WebSocketTransportOptions,
} from './options.ts'
export { ADMISSION_LIMITS } from './options.ts'
export { webSocketTransport } from './ws-transport.ts'
