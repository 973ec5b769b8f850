import type { Millis, Random } from '@holdfast/primitives'

/** How long a packet is on its way. */
export type Latency =
  | { readonly kind: 'constant'; readonly ms: Millis }
  | { readonly kind: 'uniform'; readonly minMs: Millis; readonly maxMs: Millis }
  | { readonly kind: 'exponential'; readonly minMs: Millis; readonly meanMs: Millis }
  /** Mostly `ms`, but `slowPerMille` of a thousand take `slowMs`. */
  | {
      readonly kind: 'bimodal'
      readonly ms: Millis
      readonly slowMs: Millis
      readonly slowPerMille: number
    }

/** A length from 0 (included) to `span` (not), in steps of a millionth of it. */
export function drawWithin(random: Random, span: Millis): Millis {
  return (random.below(1_000_000) / 1_000_000) * span
}

export function drawLatency(latency: Latency, random: Random): Millis {
  switch (latency.kind) {
    case 'constant':
      return latency.ms
    case 'uniform':
      return latency.minMs + drawWithin(random, latency.maxMs - latency.minMs)
    case 'exponential':
      return latency.minMs + drawExponential(random, latency.meanMs)
    case 'bimodal':
      return random.chance(latency.slowPerMille, 1_000) ? latency.slowMs : latency.ms
  }
}

const HALVINGS_MAX = 10

/**
 * Nearly exponential, from coin flips: each head adds one half-life. No logarithm is used, since its
 * last digit may differ between two engines and a seed must mean the same on both.
 */
export function drawExponential(random: Random, meanMs: Millis): Millis {
  let halvings = 0
  while (halvings < HALVINGS_MAX && random.chance(1, 2)) halvings += 1
  return (halvings + drawWithin(random, 1)) * Math.LN2 * meanMs
}
