/**
 * The lockspaces that sessions of this node have open.
 */
import type { PlainCall, SessionEvent, SpaceAttributes } from '../messages.ts'
import { defaultAttributes } from './attributes.ts'
import { defaultSpaceLimits, type SpaceLimits } from './limits.ts'
import type { SpacesPort, SpaceView } from './port.ts'

export type SpaceCall = Extract<PlainCall, { readonly kind: 'open-space' | 'leave-space' }>

export class Spaces {
  readonly #port: SpacesPort
  readonly #limits: SpaceLimits

  constructor(port: SpacesPort, limits: Partial<SpaceLimits> = {}) {
    this.#port = port
    this.#limits = { ...defaultSpaceLimits, ...limits }
  }

  /** Answered by one event `space` or `refused`, now or later. */
  call(session: number, call: SpaceCall): void {}

  /** The session is gone; it hears nothing any more. Its locks are the holder table's business. */
  sessionEnded(session: number): void {}

  /** What came of a call of session 0. */
  onInternalEvent(event: SessionEvent): void {}

  /** What a lockspace is like; the defaults when no session of this node has it open. */
  attributesOf(space: string): SpaceAttributes {
    return defaultAttributes
  }

  /** The tables have taken in a view, and what the lost had is granted to nobody. */
  onInstalled(view: SpaceView): void {}

  /** The installed view is active: the lost have stopped for certain. */
  onActivated(): void {}

  /** All has been told, and everything is granted again. */
  onOpened(): void {}
}
