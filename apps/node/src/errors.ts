/** Why a node could not be made or could not go on. */
export type NodeErrorCode =
  /** The options are wrong; the message says which and how. */
  | 'bad-options'
  /** The data folder is in use by another process, or cannot be read or written. */
  | 'store-unusable'
  /** The address cannot be listened on. */
  | 'listen-failed'
  /** The node stopped and does not come back by itself; the message says why. */
  | 'stopped'

/** A node could not be made, or is used after its end. */
export class NodeError extends Error {
  override readonly name = 'NodeError'
  readonly code: NodeErrorCode

  constructor(detail: string, options: ErrorOptions & { readonly code: NodeErrorCode }) {
    super(detail, options)
    this.code = options.code
  }

  /** Recognises the error even when two copies of this package are loaded. */
  static is(value: unknown): value is NodeError {
    return value instanceof Error && value.name === 'NodeError' && 'code' in value
  }
}
