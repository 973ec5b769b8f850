import type { Instant } from './instant.ts'

/**
 * A state machine without IO. Input and time come in, orders go out.
 *
 * The same inputs with the same instants and the same seed give the same outputs, so a run can be
 * recorded, replayed and simulated. A machine never calls out while it handles an input.
 */
export interface Machine<Input, Output> {
  /**
   * Takes one input. Total (never throws for any input a peer or a user can cause), synchronous,
   * never re-entered. Instants must not fall from one call to the next.
   */
  handle(input: Input, now: Instant): void
  /** Orders to carry out now, oldest first; each is returned once. */
  drain(): readonly Output[]
  /** When the machine next wants `{ kind: 'tick' }`; `undefined` when it waits for input only. */
  deadline(): Instant | undefined
}
