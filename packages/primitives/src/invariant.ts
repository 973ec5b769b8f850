/** A broken invariant: a bug in this program. Nobody catches it; the process stops and peers recover. */
export class InvariantViolation extends Error {
  override readonly name = 'InvariantViolation'
  readonly code = 'invariant-violation'
}

/**
 * Stops the program when `condition` is false. For programmer errors only: no bytes that come from
 * a user, a peer or a disk may ever make one fire.
 */
export function invariant(condition: boolean, sentence: string): asserts condition {
  if (!condition) throw new InvariantViolation(sentence)
}

/** The end of an exhaustive `switch`: does not compile while a variant is missing. */
export function unreachable(value: never): never {
  throw new InvariantViolation(`a variant was not handled: ${JSON.stringify(value)}`)
}
