import type { Random } from '@holdfast/primitives'
import type { Wait } from '../adapter/opening.ts'
import type { PeerIdentity } from '../transport.ts'

/** A frame on its way, as a rule sees it. */
export interface MemoryFrame {
  readonly kind: 'handshake' | 'frame'
  readonly from: PeerIdentity
  readonly to: PeerIdentity
  readonly bytes: Uint8Array
}

/**
 * What happens to a frame: one delay, in turns, for each copy that arrives. `[0]` is a good network,
 * `[]` loses the frame, `[0, 3]` repeats it three turns later, `[2]` lets others overtake it.
 */
export type MemoryRule = (frame: MemoryFrame) => readonly number[]

/** What the transports of one network share. */
export interface MemoryWires {
  readonly wait: Wait | undefined
  /** Runs a task in the next turn, behind what was posted before. */
  next(task: () => void): void
  /** Runs `arrive` once for each copy that the rule lets through. */
  carry(frame: MemoryFrame, arrive: () => void): void
}

/** How often things go wrong, in percent, and by how many turns frames are late. */
export interface MemoryFaults {
  readonly loss: number
  readonly repeat: number
  readonly delayTurnsMax: number
}

/** A rule that treats every frame badly, but not the handshakes. */
export function faultyRule(random: Random, faults: MemoryFaults): MemoryRule {
  const delay = (): number => random.below(faults.delayTurnsMax + 1)
  return (frame) => {
    if (frame.kind === 'handshake') return [0]
    if (random.chance(faults.loss, 100)) return []
    return random.chance(faults.repeat, 100) ? [delay(), delay()] : [delay()]
  }
}
