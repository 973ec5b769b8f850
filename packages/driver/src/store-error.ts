export type StoreErrorCode =
  | 'locked'
  | 'lock-failed'
  | 'read-failed'
  | 'write-failed'
  | 'damaged'
  | 'closed'

export interface StoreErrorOptions extends ErrorOptions {
  readonly code: StoreErrorCode
  readonly directory: string
}

/**
 * The durable record cannot be used. `locked`: another process has the folder. `lock-failed`,
 * `read-failed`, `write-failed`: the system refused; `cause` says what. `damaged`: what was there is
 * no longer whole, so nothing may be written over it. `closed`: the store was closed.
 */
export class StoreError extends Error {
  override readonly name = 'StoreError'
  readonly code: StoreErrorCode
  readonly directory: string

  constructor(detail: string, options: StoreErrorOptions) {
    super(`${options.directory}: ${detail}`, options)
    this.code = options.code
    this.directory = options.directory
  }

  /** Recognises the error even when two copies of this package are loaded. */
  static is(value: unknown): value is StoreError {
    return value instanceof Error && value.name === 'StoreError' && 'code' in value
  }
}
