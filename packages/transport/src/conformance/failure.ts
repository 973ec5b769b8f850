import { TransportError, type TransportErrorCode } from '../errors.ts'
import { bounded } from './probe.ts'

/** The code of the error with which a promise fails. */
export async function codeOf(promise: Promise<unknown>): Promise<TransportErrorCode | undefined> {
  const error = await bounded(
    'a failure',
    promise.then(
      () => undefined,
      (cause: unknown) => cause,
    ),
  )
  return TransportError.is(error) ? error.code : undefined
}
