import type { Epoch } from '@holdfast/primitives'
import { epochOf, isSelfMember, isWitness, type State } from './state.ts'

/**
 * Learns that an epoch is active. "Active" is a stable fact about a decided view, so anybody may
 * repeat it, and hearing it twice or late changes nothing.
 */
export function noteActive(state: State, epoch: Epoch): void {
  if (epoch <= state.activeEpoch) return
  state.activeEpoch = epoch
  if (epoch !== epochOf(state)) return
  tellActivated(state)
}

/** Tells the composition, and asks for support in the new epoch without waiting for the timer. */
export function tellActivated(state: State): void {
  if (!isSelfMember(state) && !isWitness(state)) return
  state.out.emit({ kind: 'activated', epoch: epochOf(state) })
  state.timers.set('heartbeat', state.now)
}
