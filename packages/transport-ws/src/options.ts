import { invariant } from '@holdfast/primitives'
import type { PeerIdentity, PeerRole, TransportLimits } from '@holdfast/transport'

/** The secrets by which processes may open a channel: one for peers, another for clients. */
export interface Tokens {
  /** What a peer shows. At least 16 characters. */
  readonly peer?: string
  /** What a client shows. Must differ from the peers' token. Without it clients are refused. */
  readonly client?: string
}

/** Certificates in PEM form. TLS 1.3 and nothing older. */
export interface TlsSettings {
  /** This process's certificate, with its chain. */
  readonly cert: string | Uint8Array
  readonly key: string | Uint8Array
  /**
   * Who signs certificates. With it a peer must show a certificate of this authority besides its
   * token, and a dialed peer's certificate must be of this authority.
   */
  readonly ca?: string | Uint8Array
}

/** What may be open before a process has said who it is. */
export interface AdmissionLimits {
  /** Connections that have not finished their handshake, in total. Default 256. */
  readonly strangersMax: number
  /** The same for one address: the clients of one host come from one address. Default 64. */
  readonly strangersPerAddressMax: number
  /** Connections of any kind. Default 10,000. */
  readonly connectionsMax: number
}

export const ADMISSION_LIMITS: AdmissionLimits = {
  strangersMax: 256,
  strangersPerAddressMax: 64,
  connectionsMax: 10_000,
}

/** Why somebody was turned away, for logs and counters. */
export interface Refusal {
  /** The address of the socket, or `unknown`. */
  readonly from: string
  readonly reason: string
}

export interface WebSocketTransportOptions {
  readonly identity: PeerIdentity
  /** Where to listen. Port 0: any free one. Without it `listen` fails. */
  readonly listen?: { readonly host: string; readonly port: number }
  readonly tokens: Tokens
  readonly tls?: TlsSettings
  /**
   * What `listen` resolves to, when others reach this process under another address than the one it
   * listens on. Default: made of host and port.
   */
  readonly advertise?: string
  /**
   * Lets tokens and frames travel readable for everybody on the way: off-host without TLS. For
   * networks that are encrypted by other means. Default: refused.
   */
  readonly allowInsecure?: boolean
  readonly limits?: Partial<TransportLimits>
  readonly admission?: Partial<AdmissionLimits>
  /** Told of everybody who was turned away. Must not throw. */
  readonly onRefusal?: (refusal: Refusal) => void
}

/** The subprotocol tells what the other side wants to be; its token shows that it may. */
export const SUBPROTOCOLS: Readonly<Record<PeerRole, string>> = {
  peer: 'holdfast.v1',
  client: 'holdfast-client.v1',
}

const TOKEN_LENGTH_MIN = 16

/** Checks what an operator wrote; says what is wrong. */
export function checkTokens(tokens: Tokens): void {
  for (const token of [tokens.peer, tokens.client]) {
    if (token === undefined) continue
    invariant(token.length >= TOKEN_LENGTH_MIN, 'a token has at least 16 characters')
    invariant(/^[\x21-\x7e]+$/.test(token), 'a token is made of visible ASCII characters')
  }
  invariant(
    tokens.peer === undefined || tokens.peer !== tokens.client,
    'the token of clients differs from the token of peers, or a client could speak as a peer',
  )
}
