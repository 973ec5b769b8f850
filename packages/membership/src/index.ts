/**
 * Who is in the cluster: identity, heartbeats, quorum, agreed views, authority leases.
 *
 * A pure machine: datagrams, times and disk answers go in; datagrams, records and views come out.
 * It knows no locks, no sockets and no clock, and can be used for anything that must be done by at
 * most one node at a time.
 */
export type { Ballot } from './ballot.ts'
export type { DurableRecord } from './durable-record.ts'
export type { MembershipFact } from './facts.ts'
export type { MembershipInput } from './inputs.ts'
export type { Membership } from './membership.ts'
export { createMembership } from './membership.ts'
export { parseMessage } from './message-schema.ts'
export type { MembershipMessage } from './messages.ts'
export type { MembershipOptions } from './options.ts'
export type { MembershipOutput } from './outputs.ts'
export type { Electorate } from './quorum.ts'
export { isQuorum } from './quorum.ts'
export type { QuorumReport } from './quorum-report.ts'
export type { MemberStatus, MembershipStatus, Seat } from './status.ts'
export type { MembershipTiming } from './timing.ts'
export {
  checkTiming,
  leaseMs,
  TIMING_DEFAULT,
  TIMING_FAST,
  TIMING_WAN,
  waitMs,
} from './timing.ts'
export type { Ghost, ProcessId, View, ViewMember, ViewNote, ViewVoter } from './view.ts'
