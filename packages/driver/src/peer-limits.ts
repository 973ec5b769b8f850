import type { Millis } from '@holdfast/primitives'

export interface PeerLimits {
  /**
   * A peer that was sent something and has said nothing for this long is unreachable over the
   * channels there are: they are closed, and it is dialed anew. Waiting instead would leave the
   * repair to TCP, whose repeats are seconds apart by then. Default 1,000 ms; heartbeats are to come
   * at least twice as often.
   */
  readonly silenceMs: Millis
  /** From the beginning of one dial to the next. Default 250 ms. */
  readonly redialMs: Millis
  /** The same after a refusal, which the next dial would most likely meet again. Default 2,000 ms. */
  readonly refusedRedialMs: Millis
  /** How long a dial may take. Default 500 ms. */
  readonly dialMs: Millis
  /** A peer to which nothing was sent for this long is not dialed any more. Default 10,000 ms. */
  readonly forgetMs: Millis
  /** Channels to one peer; over it the oldest is closed. Both sides may dial at once. Default 4. */
  readonly channelsMax: number
  /** Peers known at one time; packets for more are dropped. Default 1,024. */
  readonly peersMax: number
}

export const PEER_LIMITS: PeerLimits = {
  silenceMs: 1_000,
  redialMs: 250,
  refusedRedialMs: 2_000,
  dialMs: 500,
  forgetMs: 10_000,
  channelsMax: 4,
  peersMax: 1_024,
}

/** How often the directory looks at its peers, ms: a tenth of the shortest length it judges. */
export const SWEEP_MS: Millis = 50
