import type { Incarnation, Instant, Millis, NodeName } from '@holdfast/primitives'
import type { MembershipTiming } from './timing.ts'

/**
 * Who has been silent for too long. Suspicion is evidence for a leader and never a reason to act:
 * no rule of safety depends on it.
 *
 * The timeout follows the gaps seen from each peer (mean plus four mean deviations, as TCP does for
 * its retransmissions), never goes below `suspectMs` nor above three times that, and grows with this
 * process's own bad health (Lifeguard): who runs late must doubt itself first.
 */
export interface FailureDetector {
  /** Watches exactly these; the ones it knew keep their history, new ones count as just heard. */
  watch(peers: readonly WatchedPeer[], now: Instant): void
  heard(node: NodeName, now: Instant): void
  /** Suspects for good, as long as it is watched as this process. */
  condemn(node: NodeName): void
  /** Silence while this process was not running proves nothing. */
  forgive(pauseMs: Millis, now: Instant): void
  /** Judges everybody; returns whose state changed. `health` is this process's own score. */
  judge(now: Instant, health: number): readonly Verdict[]
  isSuspect(node: NodeName): boolean
  suspects(): readonly NodeName[]
  silentMs(node: NodeName, now: Instant): Millis
  /** The earliest instant at which somebody could become suspect. */
  next(health: number): Instant | undefined
}

export interface WatchedPeer {
  readonly node: NodeName
  /** Which start of the process; a voter is watched by its disk and has none. */
  readonly incarnation?: Incarnation
}

export interface Verdict {
  readonly node: NodeName
  readonly isSuspect: boolean
}

interface Peer {
  readonly incarnation: Incarnation | undefined
  heardAt: Instant
  gapMean: Millis
  gapDeviation: Millis
  isSuspect: boolean
  isCondemned: boolean
}

export function createFailureDetector(timing: MembershipTiming): FailureDetector {
  const peers = new Map<NodeName, Peer>()

  const timeoutMs = (peer: Peer, health: number): Millis => {
    const adaptive = peer.gapMean + 4 * peer.gapDeviation
    const floored = Math.max(timing.suspectMs, Math.min(adaptive, 3 * timing.suspectMs))
    return floored * (1 + health / 4)
  }

  const fresh = (incarnation: Incarnation | undefined, now: Instant): Peer => ({
    incarnation,
    heardAt: now,
    gapMean: timing.heartbeatMs,
    gapDeviation: 0,
    isSuspect: false,
    isCondemned: false,
  })

  return {
    watch(wanted, now) {
      const before = new Map(peers)
      peers.clear()
      for (const { node, incarnation } of wanted) {
        const known = before.get(node)
        const isKnown = known !== undefined && known.incarnation === incarnation
        peers.set(node, isKnown ? known : fresh(incarnation, now))
      }
    },
    heard(node, now) {
      const peer = peers.get(node)
      if (peer === undefined) return
      const gap = Math.min(now - peer.heardAt, 3 * timing.suspectMs)
      // Answers come in bursts; only gaps of the order of a heartbeat say something.
      if (gap >= timing.heartbeatMs / 2) {
        peer.gapDeviation += (Math.abs(gap - peer.gapMean) - peer.gapDeviation) / 4
        peer.gapMean += (gap - peer.gapMean) / 8
      }
      peer.heardAt = now
    },
    condemn(node) {
      const peer = peers.get(node)
      if (peer !== undefined) peer.isCondemned = true
    },
    forgive(pauseMs, now) {
      for (const peer of peers.values()) peer.heardAt = Math.min(now, peer.heardAt + pauseMs)
    },
    judge(now, health) {
      const verdicts: Verdict[] = []
      for (const [node, peer] of peers) {
        const isSuspect = peer.isCondemned || now - peer.heardAt >= timeoutMs(peer, health)
        if (isSuspect === peer.isSuspect) continue
        peer.isSuspect = isSuspect
        verdicts.push({ node, isSuspect })
      }
      return verdicts
    },
    isSuspect: (node) => peers.get(node)?.isSuspect ?? false,
    suspects: () => [...peers].filter(([, peer]) => peer.isSuspect).map(([node]) => node),
    silentMs: (node, now) => {
      const peer = peers.get(node)
      return peer === undefined ? 0 : Math.max(0, now - peer.heardAt)
    },
    next(health) {
      let earliest: Instant | undefined
      for (const peer of peers.values()) {
        if (peer.isSuspect || peer.isCondemned) continue
        const at = peer.heardAt + timeoutMs(peer, health)
        if (earliest === undefined || at < earliest) earliest = at
      }
      return earliest
    },
  }
}
