/**
 * Everything about one world, drawn from its seed ("swarm": what exists at all is drawn first, so
 * that some worlds are without a kind of fault and others have it in excess).
 */
import type { MembershipTiming } from '@holdfast/membership'
import type { NodeLimits } from '@holdfast/node/machine'
import type { Millis, NodeName } from '@holdfast/primitives'
import type { DiskBehaviour, Path } from '@holdfast/simulator'
import type { Kind, WorkloadOptions } from './client/behaviours/workload.ts'
import type { FaultName } from './faults/names.ts'

/** One fault of a world: when it begins, how long it lasts. Whom it hits, its own stream decides. */
export interface FaultWindow {
  readonly name: FaultName
  /** After the warm-up. */
  readonly atMs: Millis
  readonly lengthMs: Millis
  /** Names its stream of chance, so that taking another fault out does not change this one. */
  readonly label: string
}

export interface NodeSetup {
  readonly name: NodeName
  /** Votes it asks for; those of the genesis list are the first voters. */
  readonly votes: number
  readonly witness: boolean
  /** 1 - rho, 1 or 1 + rho. */
  readonly clockRate: number
  readonly clockOffsetMs: Millis
  /** When it first starts, in virtual ms. */
  readonly startsAtMs: Millis
}

export interface ClientOptions {
  readonly name: string
  readonly clockRate: number
  readonly clockOffsetMs: Millis
  readonly kind: Kind
  /** Its place among the clients of its kind. */
  readonly place: number
}

export interface SwarmOptions {
  readonly seed: number
  readonly nodes: readonly NodeSetup[]
  readonly genesis: readonly { readonly node: NodeName; readonly votes: number }[]
  readonly tieBreaker: NodeName | undefined
  readonly timing: MembershipTiming
  readonly nodeLimits: Pick<NodeLimits, 'sessionLeaseMs' | 'drainMs'>
  readonly path: Path
  readonly disk: DiskBehaviour
  /** Timers are up to this late. */
  readonly timerLateMs: Millis
  /** Packets go through the real codec. */
  readonly codec: boolean
  /** Each datagram travels by itself. */
  readonly split: boolean
  readonly clients: readonly ClientOptions[]
  /** One way between a client and its node, at most; 0 for embedded clients. */
  readonly clientLatencyMs: Millis
  readonly pingMs: Millis
  readonly workload: WorkloadOptions
  readonly warmUpMs: Millis
  readonly faultMs: Millis
  readonly coreMs: Millis
  readonly faults: readonly FaultWindow[]
  /** Nothing is lost, late or broken: the order of requests can be told from outside. */
  readonly calm: boolean
  /** A hand-written script runs instead of the drawn faults. */
  readonly schedule: string | undefined
  /** Within this time after its faults have ended the service is back. */
  readonly boundMs: Millis
}
