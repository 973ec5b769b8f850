import type { Instant, NodeName } from '@holdfast/primitives'
import { SENDS_MAX } from '../limits.ts'
import { type Electorate, isQuorum } from '../quorum.ts'
import { leaseMs, type MembershipTiming } from '../timing.ts'

/**
 * The member's side of leases: until when it may act, by its own clock.
 *
 * The lease runs until s + L, where s is the latest send time such that voters with a quorum of the
 * votes have echoed a heartbeat sent at s or later. It counts from the send, which is before every
 * promise that backs it, so no delay of a message can make it outlast them.
 *
 * Why an evicted member cannot act: let member p of view e have a lease from a quorum QL of e's
 * voters, and let view e+1, without p, be accepted by a quorum QA of them. A voter v is in both. It
 * stops supporting in e when it accepts, and its answer says how long its promise to p still runs;
 * whoever activates e+1 waits for that. By the lease inequality p's lease is over first. To renew it
 * p would need another quorum, which meets QA too.
 *
 * Why the lease outlives the install of e+1 when p is a member of both (`onInstall` keeps it): what
 * ends p's right is a later view without p. While the electorate stays the same, the quorum that
 * accepts such a view shares a voter with QL, and voters keep their promises across epochs, so the
 * activator hears of the old promise. When the electorate changes between e and e+1, no quorum of
 * e's voters supports anybody in e after e+1 was accepted, so a lease from e ends within D of the
 * decision, and every activator waits D from when it learned of the change ("full wait").
 */
export interface LeaseHolder {
  /** A heartbeat with this number leaves now. */
  sent(sequence: number, now: Instant): void
  /** A voter echoed a number. Unknown numbers change nothing. */
  echoed(voter: NodeName, sequence: number, now: Instant): void
  /** Recomputes the end of the lease for the installed view's electorate. */
  refresh(electorate: Electorate): void
  /** A new view is installed; this process is a member of it and, if it had a lease, of the last. */
  onInstall(electorateChanged: boolean): void
  /** Everything is void, also echoes that are still under way. */
  void(): void
  /** The instant at which the lease ends; `undefined` without one. */
  readonly until: Instant | undefined
}

export function createLeaseHolder(timing: MembershipTiming): LeaseHolder {
  const lengthMs = leaseMs(timing)
  const sends = new Map<number, Instant>()
  const supportedSince = new Map<NodeName, Instant>()
  let until: Instant | undefined

  return {
    sent(sequence, now) {
      sends.set(sequence, now)
      for (const [old, sentAt] of sends) {
        if (sends.size <= SENDS_MAX && now - sentAt <= timing.promiseMs) break
        sends.delete(old)
      }
    },
    echoed(voter, sequence, now) {
      const since = sends.get(sequence)
      if (since === undefined || now - since >= lengthMs) return
      const before = supportedSince.get(voter)
      if (before === undefined || before < since) supportedSince.set(voter, since)
    },
    refresh(electorate) {
      const sentTimes = [...new Set(supportedSince.values())].sort((a, b) => b - a)
      for (const since of sentTimes) {
        const supporters = [...supportedSince.keys()].filter(
          (voter) => (supportedSince.get(voter) ?? Number.NEGATIVE_INFINITY) >= since,
        )
        if (!isQuorum(electorate, supporters)) continue
        const end = since + lengthMs
        if (until === undefined || until < end) until = end
        return
      }
    },
    onInstall(electorateChanged) {
      // Support by voters of another electorate backs the lease that stands, but no new one.
      if (electorateChanged) supportedSince.clear()
    },
    void() {
      sends.clear()
      supportedSince.clear()
      until = undefined
    },
    get until() {
      return until
    },
  }
}
