import type { Instant } from '@holdfast/primitives'
import type { Channel } from '@holdfast/transport'

/** The open channels to one peer, and what is known of its silence. */
export interface PeerChannels {
  add(channel: Channel): void
  remove(channel: Channel): void
  /** The channel to send on: the newest, since an old one may have died without a word. */
  newest(): Channel | undefined
  /** Something went out; silence counts from the first that was not followed by an answer. */
  noteSent(now: Instant): void
  noteHeard(): void
  /** Something sent at or before `since` is still unanswered. */
  isSilentSince(since: Instant): boolean
  /** Forgives the silence so far: this process was away and could not hear. */
  forgive(now: Instant): void
  /** Closes all. */
  close(reason: string): void
}

export function createPeerChannels(channelsMax: number): PeerChannels {
  const channels: Channel[] = []
  let unansweredSince: Instant | undefined

  return {
    add(channel) {
      channels.push(channel)
      unansweredSince = undefined
      if (channels.length > channelsMax) channels.shift()?.close('a newer channel is used')
    },
    remove(channel) {
      const at = channels.indexOf(channel)
      if (at >= 0) channels.splice(at, 1)
      if (channels.length === 0) unansweredSince = undefined
    },
    newest: () => channels.at(-1),
    noteSent(now) {
      unansweredSince ??= now
    },
    noteHeard() {
      unansweredSince = undefined
    },
    isSilentSince: (since) => unansweredSince !== undefined && unansweredSince <= since,
    forgive(now) {
      if (unansweredSince !== undefined) unansweredSince = now
    },
    close(reason) {
      unansweredSince = undefined
      for (const channel of channels.splice(0)) channel.close(reason)
    },
  }
}
