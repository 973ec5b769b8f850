import type { SessionCall, SessionEvent } from '@holdfast/lock-engine/messages'

/**
 * One session's way to its node and back: in process, or over a channel. Calls arrive in order or
 * the port ends.
 */
export interface SessionPort {
  /** Hands over one call. Never throws; after the end it does nothing. */
  send(call: SessionCall): void
  /** What the node says. Events before the call are kept. Called once; never runs inside `send`. */
  receive(events: SessionPortEvents): void
  /** Ends the session from this side, after what was sent. Idempotent. */
  close(reason: string): void
}

export interface SessionPortEvents {
  onEvent(event: SessionEvent): void
  /** The port has ended: at most once, and never after `close`. */
  onClose(reason: string): void
}
