import type { Millis } from '@holdfast/primitives'
import { TransportError } from '../errors.ts'

/**
 * A promise for something that is opened, with a deadline and a cancellation, for adapters. Exactly
 * one of `open`, `fail`, the deadline and the signal decides it; the others then do nothing.
 */
export interface Opening<Opened> {
  readonly promise: Promise<Opened>
  /** `false`: it was decided before, so the caller gets rid of what it opened. */
  open(opened: Opened): boolean
  fail(error: unknown): void
}

/** Calls `task` once after `ms`, unless the returned function is called before. */
export type Wait = (ms: Millis, task: () => void) => () => void

export interface OpeningOptions {
  readonly address: string
  readonly handshakeMs: Millis
  readonly signal: AbortSignal | undefined
  /** Called when it ended without being opened: close what was half open. */
  readonly abandon: () => void
  /** Default: the timer of the process. */
  readonly wait?: Wait
}

export function createOpening<Opened>(options: OpeningOptions): Opening<Opened> {
  const { address, handshakeMs, signal } = options
  const { promise, resolve, reject } = Promise.withResolvers<Opened>()
  let decided = false

  const decide = (): boolean => {
    if (decided) return false
    decided = true
    stopWaiting()
    signal?.removeEventListener('abort', onAbort)
    return true
  }
  const fail = (error: unknown): void => {
    if (!decide()) return
    options.abandon()
    reject(error)
  }
  const onAbort = (): void => fail(signal?.reason)
  const onTimeout = (): void =>
    fail(new TransportError('handshake-timeout', address, `no answer within ${handshakeMs} ms`))
  const stopWaiting = (options.wait ?? waitByTimer)(handshakeMs, onTimeout)
  signal?.addEventListener('abort', onAbort, { once: true })
  if (signal?.aborted) onAbort()

  return {
    promise,
    fail,
    open(opened) {
      if (!decide()) return false
      resolve(opened)
      return true
    },
  }
}

const waitByTimer: Wait = (ms, task) => {
  const timer = setTimeout(task, ms)
  return () => clearTimeout(timer)
}
