import type { Epoch } from '@holdfast/primitives'

/**
 * Fencing tokens: `epoch * 2^40 + counter`, below 2^63 so that every SQL bigint can hold one.
 *
 * Invariant: per resource they strictly rise. Within an epoch the counter rises: with its master,
 * and over masters because the directory hands the largest counter it was told to each master that
 * it appoints. From one epoch to the next the counter may start anywhere. Epochs are durable with
 * the voters and rise over a restart of the whole cluster.
 */
const counterBits = 40n
export const counterMax: number = 2 ** 40 - 1

export function tokenOf(epoch: Epoch, counter: number): bigint {
  return (BigInt(epoch) << counterBits) | BigInt(counter)
}

/** False when the counter is used up: the grant is refused rather than wrapped (2^40 in one epoch). */
export function hasCounterLeft(counter: number): boolean {
  return counter < counterMax
}
