import type { Incarnation, Instant, Machine, NodeName } from '@holdfast/primitives'
import type { SimClock } from './sim-clock.ts'
import type { SimDisk } from './sim-disk.ts'

export type NodeState = 'down' | 'running' | 'paused' | 'suspended'

/** One machine of the world and the process that may run on it. */
export interface SimNode<Input, Output, Subject extends Machine<Input, Output>> {
  readonly name: NodeName
  readonly state: NodeState
  /** How often a process was started here. */
  readonly starts: number
  /** Of the process that runs; `undefined` while the node is down. */
  readonly incarnation: Incarnation | undefined
  readonly machine: Subject | undefined
  readonly disk: SimDisk
  readonly clock: SimClock
  /** What the node's own clock shows; stands still while the node is suspended. */
  localNow(): Instant
  /** Starts a process with what the disk holds. Nothing happens when one runs. */
  start(): void
  /** The process dies now; what it did not get durable is kept or lost. */
  crash(): void
  /**
   * The process dies between two outputs: after it carried out that many from now on. `undefined`
   * takes that back.
   */
  crashAfterOutputs(count: number | undefined): void
  /** The process does not run; what arrives waits for it. */
  pause(): void
  /** As `pause`, and the clock of the node stands still as well. */
  suspend(): void
  /** Everything that waited is handled in one turn, behind `first` when it is given. */
  resume(options?: ResumeOptions<Input>): void
  /** A local input, now; waits while the process does not run, ignored while there is none. */
  give(input: Input): void
}

export interface ResumeOptions<Input> {
  readonly first?: Input
  /** Whether the tick that came late is handled before or behind what arrived. Default: before. */
  readonly tick?: 'before' | 'behind'
}
