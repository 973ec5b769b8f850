export type TransportErrorCode =
  | 'listen-failed'
  | 'unreachable'
  | 'handshake-timeout'
  | 'wrong-cluster'
  | 'wrong-peer'
  | 'refused'
  | 'closed'

/** A channel could not be opened. `code` says why; `address` where. */
export class TransportError extends Error {
  override readonly name = 'TransportError'
  readonly code: TransportErrorCode
  readonly address: string

  constructor(code: TransportErrorCode, address: string, detail: string, options?: ErrorOptions) {
    super(`${address}: ${detail}`, options)
    this.code = code
    this.address = address
  }

  /** Recognises the error even when two copies of this package are loaded. */
  static is(value: unknown): value is TransportError {
    return value instanceof Error && value.name === 'TransportError' && 'code' in value
  }
}
