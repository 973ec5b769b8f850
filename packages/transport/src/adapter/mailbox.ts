import { invariant } from '@holdfast/primitives'
import type { ChannelEvents } from '../transport.ts'

/**
 * The receiving end of a channel, for adapters: keeps events until `receive` is called, delivers them
 * in order, and sees to it that `onClose` comes exactly once and nothing after it.
 */
export interface Mailbox {
  /** An adapter's `Channel.receive`. */
  receive(events: ChannelEvents): void
  /** A frame arrived. `false`: too much is kept already; the adapter closes the channel. */
  frame(frame: Uint8Array): boolean
  drain(): void
  /** The channel ended; further calls do nothing. */
  close(reason: string): void
  readonly closed: boolean
}

type Kept =
  | { readonly kind: 'frame'; readonly frame: Uint8Array }
  | { readonly kind: 'drain' }
  | { readonly kind: 'close'; readonly reason: string }

/** What a kept frame costs beside its bytes: even frames of one byte must come to an end. */
const FRAME_OVERHEAD_BYTES = 64

export function createMailbox(keptBytesMax: number): Mailbox {
  let receiver: ChannelEvents | undefined
  let kept: Kept[] = []
  let keptBytes = 0
  let live = false
  let closed = false

  const deliver = (event: Kept): void => {
    if (event.kind === 'frame') receiver?.onFrame(event.frame)
    else if (event.kind === 'drain') receiver?.onDrain?.()
    else receiver?.onClose(event.reason)
  }
  const post = (event: Kept): void => {
    if (live) deliver(event)
    else kept.push(event)
  }

  return {
    receive(events) {
      invariant(receiver === undefined, 'receive is called once for a channel')
      receiver = events
      // A receiver may cause further events; they queue up behind the ones that are kept.
      for (let next = kept.shift(); next !== undefined; next = kept.shift()) deliver(next)
      live = true
      kept = []
    },
    frame(frame) {
      if (closed) return true
      if (!live) keptBytes += frame.length + FRAME_OVERHEAD_BYTES
      if (!live && keptBytes > keptBytesMax) return false
      post({ kind: 'frame', frame })
      return true
    },
    drain() {
      if (!closed) post({ kind: 'drain' })
    },
    close(reason) {
      if (closed) return
      closed = true
      post({ kind: 'close', reason })
    },
    get closed(): boolean {
      return closed
    },
  }
}
