import {
  type MembershipTiming,
  TIMING_DEFAULT,
  TIMING_FAST,
  TIMING_WAN,
} from '@holdfast/membership'
import type { Random } from '@holdfast/primitives'
import type { Latency, Path } from '@holdfast/simulator'

/**
 * One of the profiles, faster by a factor, so that a short world holds many views. The guard is
 * next to nothing: an action of a simulated machine takes no time after its check, and slack would
 * hide bugs. For the same reason rho goes down to values that forgive no missing factor.
 */
export function drawTiming(random: Random, long: boolean): MembershipTiming {
  const { profile, divisor } = random.pick(long ? longProfiles : shortProfiles)
  return {
    heartbeatMs: profile.heartbeatMs / divisor,
    suspectMs: profile.suspectMs / divisor,
    promiseMs: profile.promiseMs / divisor,
    rho: random.pick([0.0005, 0.002, 0.01, 0.05]),
    guardMs: 0.01,
    electionMs: profile.electionMs / divisor,
    batchMs: profile.batchMs / divisor,
    installMs: profile.installMs / divisor,
    retryMs: profile.retryMs / divisor,
    notesMs: profile.notesMs / divisor,
  }
}

interface ScaledProfile {
  readonly profile: MembershipTiming
  readonly divisor: number
}

const shortProfiles: readonly ScaledProfile[] = [
  { profile: TIMING_DEFAULT, divisor: 4 },
  { profile: TIMING_DEFAULT, divisor: 3 },
  { profile: TIMING_FAST, divisor: 1 },
  { profile: TIMING_FAST, divisor: 2 },
  { profile: TIMING_WAN, divisor: 12 },
]

const longProfiles: readonly ScaledProfile[] = [
  { profile: TIMING_DEFAULT, divisor: 1 },
  { profile: TIMING_FAST, divisor: 1 },
  { profile: TIMING_WAN, divisor: 3 },
]

/** How packets travel without faults: always well within the timing, or nothing would ever settle. */
export function drawPath(random: Random, timing: MembershipTiming): Path {
  const slowest = timing.heartbeatMs / random.pick([4, 20, 100])
  const latency: Latency = random.pick([
    { kind: 'constant', ms: slowest / 2 },
    { kind: 'uniform', minMs: slowest / 20, maxMs: slowest },
    { kind: 'exponential', minMs: slowest / 20, meanMs: slowest / 5 },
    { kind: 'bimodal', ms: slowest / 10, slowMs: slowest * 2, slowPerMille: 10 },
  ])
  return {
    latency,
    lossPerMille: random.pick([0, 0, 0, 5, 20]),
    repeatPerMille: random.pick([0, 0, 5, 50]),
    ordered: random.chance(1, 3),
  }
}
