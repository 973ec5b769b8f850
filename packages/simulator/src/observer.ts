import type { Machine } from '@holdfast/primitives'
import type { SimNode } from './sim-node.ts'

/**
 * Sees everything that happens, in order, and changes nothing while it is told: what it wants done
 * it schedules with `simulation.at`. Whatever it throws ends the run.
 */
export interface Observer<Input, Output, Subject extends Machine<Input, Output>> {
  onStart?(node: SimNode<Input, Output, Subject>): void
  /** Before the machine handles it. */
  onInput?(node: SimNode<Input, Output, Subject>, input: Input): void
  /** After the machine handled it, before anything of it is carried out. */
  onHandled?(node: SimNode<Input, Output, Subject>, input: Input): void
  /** Before it is carried out. Outputs after a crash between two outputs are never seen. */
  onOutput?(node: SimNode<Input, Output, Subject>, output: Output): void
  /** After all inputs and outputs of one turn. */
  onTurn?(node: SimNode<Input, Output, Subject>): void
  /** The process is gone. Told before its state is thrown away. */
  onEnd?(node: SimNode<Input, Output, Subject>, why: 'crash' | 'stop'): void
}
