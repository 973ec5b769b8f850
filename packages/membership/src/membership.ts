import {
  createRandom,
  type Epoch,
  type Instant,
  invariant,
  type Machine,
  type Millis,
} from '@holdfast/primitives'
import { onFenced, tryActivate } from './activation.ts'
import { askToJoin, dropStaleJoins } from './admission.ts'
import { askToLeave, onHandedOver, onLeave } from './departure.ts'
import { sendHeartbeats } from './heartbeat.ts'
import type { MembershipInput } from './inputs.ts'
import { onProposeNotes, sendNotes } from './notes.ts'
import type { MembershipOptions } from './options.ts'
import type { MembershipOutput } from './outputs.ts'
import { onElectionTimeout, onRetry } from './paxos/leadership.ts'
import { explainQuorum, type QuorumReport } from './quorum-report.ts'
import { onReceived } from './receive.ts'
import { checkQuorum, handOnLead, onBatch, review } from './review.ts'
import { judgePeers, noteLateness, onClockJumped, tellLease } from './self-watch.ts'
import { startState } from './start.ts'
import { end, epochOf, isSelfMember, isWitness, type State, type TimerName } from './state.ts'
import { describeState, type MembershipStatus, statusOf } from './status.ts'
import type { View } from './view.ts'

/** Who is in the cluster, agreed; and whether this process may act. */
export interface Membership extends Machine<MembershipInput, MembershipOutput> {
  /** The installed view; `undefined` while this process has no place in one. */
  readonly view: View | undefined
  /** The newest epoch known to be active. */
  readonly activeEpoch: Epoch
  /** May go on with what it does as a member: its lease is valid. */
  mayContinue(now: Instant): boolean
  /** May take over what others did: its lease is valid and its view is active. */
  mayTakeOver(now: Instant): boolean
  /** How long `mayContinue` will stay true without news; 0 when it is false. */
  leaseRemaining(now: Instant): Millis
  explainQuorum(): QuorumReport
  status(now: Instant): MembershipStatus
  describe(now: Instant): string
}

/** More own messages than this for one input mean that two handlers feed each other. */
const LOOPBACK_TURNS_MAX = 64

export function createMembership(options: MembershipOptions): Membership {
  let started: State | undefined

  const mayContinue = (now: Instant): boolean => {
    if (started === undefined || started.ended || started.saidGoodbye) return false
    const { until } = started.lease
    if (until === undefined || now >= until || !isSelfMember(started)) return false
    // An active view that this process has not installed does not have it as a member.
    return started.activeEpoch <= epochOf(started)
  }

  return {
    handle(input, now) {
      started ??= startState(options, now)
      if (!started.ended) step(started, input, now)
    },
    drain: () => started?.out.drain() ?? [],
    deadline: () => (started === undefined ? 0 : started.timers.next()),
    get view() {
      if (started === undefined) return undefined
      return isSelfMember(started) || isWitness(started) ? started.memory.view : undefined
    },
    get activeEpoch() {
      return started?.activeEpoch ?? 0
    },
    mayContinue,
    mayTakeOver: (now) =>
      mayContinue(now) && started !== undefined && started.activeEpoch === epochOf(started),
    leaseRemaining: (now) => (mayContinue(now) ? (started?.lease.until ?? now) - now : 0),
    explainQuorum: () => explainQuorum(started ?? unborn(options)),
    status: (now) => statusOf(started ?? unborn(options), now),
    describe: (now) => describeState(started ?? unborn(options), now),
  }
}

/** What can be said before the first input. It draws nothing from the machine's own randomness. */
function unborn(options: MembershipOptions): State {
  return startState({ ...options, random: createRandom('unborn') }, 0)
}

function step(state: State, input: MembershipInput, now: Instant): void {
  invariant(now >= state.now, 'instants given to a machine do not fall')
  const ranAt = state.now
  state.now = now
  noteLateness(state, ranAt)
  take(state, input)
  takeOwnMessages(state)
  if (state.ended) return
  review(state)
  handOnLead(state)
  takeOwnMessages(state)
  if (!state.ended) tellLease(state)
}

/** What a node says to itself is heard at once. */
function takeOwnMessages(state: State): void {
  for (let turn = 0; turn < LOOPBACK_TURNS_MAX; turn += 1) {
    const messages = state.out.takeLoopback()
    if (messages.length === 0) return
    for (const message of messages) if (!state.ended) onReceived(state, state.self, message)
  }
  invariant(false, 'messages of a node to itself come to an end')
}

function take(state: State, input: MembershipInput): void {
  switch (input.kind) {
    case 'tick':
      onTick(state)
      break
    case 'received':
      onReceived(state, input.from, input.message)
      break
    case 'stored':
      state.out.stored(input.write)
      break
    case 'store-failed':
      onStoreFailed(state, input.reason)
      break
    case 'leave':
      onLeave(state, input.permanent ?? false)
      break
    case 'handed-over':
      onHandedOver(state)
      break
    case 'propose':
      onProposeNotes(state, input.notes)
      break
    case 'clock-jumped':
      onClockJumped(state)
      break
    case 'unreachable':
      state.members.condemn(input.node)
      judgePeers(state)
      break
    default:
      onFenced(state, input)
      break
  }
}

/** A voter that cannot write must not vote: it could not remember what it said. */
function onStoreFailed(state: State, reason: string): void {
  state.out.emit({ kind: 'halted', reason: `the record could not be written: ${reason}` })
  end(state)
}

function onTick(state: State): void {
  for (const timer of state.timers.expire(state.now)) {
    if (!state.ended) onTimer(state, timer)
  }
}

function onTimer(state: State, timer: TimerName): void {
  switch (timer) {
    case 'heartbeat':
      onHeartbeatTimeout(state)
      break
    case 'election':
      onElectionTimeout(state)
      break
    case 'batch':
      onBatch(state)
      break
    case 'retry':
      onRetry(state)
      break
    case 'suspect':
      judgePeers(state)
      break
    case 'ghosts':
      tryActivate(state)
      break
    case 'join':
      askToJoin(state)
      break
    case 'leave':
      askToLeave(state)
      break
    case 'judge-again':
      checkQuorum(state)
      break
    default:
      return
  }
}

function onHeartbeatTimeout(state: State): void {
  state.health = Math.max(0, state.health - 1)
  dropStaleJoins(state)
  checkQuorum(state)
  sendHeartbeats(state)
  sendNotes(state)
  if (state.saidGoodbye || state.leaving !== undefined) askToLeave(state)
}
