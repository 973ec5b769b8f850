import { type Ballot, compareBallots } from '../ballot.ts'
import { learn } from '../installation.ts'
import { noteLeader, restartElectionTimer, stepDown } from '../leader-contact.ts'
import type { MessageOf } from '../messages.ts'
import {
  epochOf,
  isSelfMember,
  isVoter,
  isWitness,
  type State,
  save,
  send,
  sendWhenStored,
  weightOf,
} from '../state.ts'
import type { ProcessId, View } from '../view.ts'

/**
 * The voter's half of Paxos. One instance decides one view: the one after the voter's own, by the
 * voters of its own. `promised` rises over all instances; `accepted` belongs to the running one.
 */
export function onPrepare(state: State, from: ProcessId, message: MessageOf<'prepare'>): void {
  if (message.epoch !== epochOf(state) || message.ballot.node !== from.node) return
  if (!isVoter(state)) return
  if (message.epoch === 0 && message.founding !== state.founding) {
    const reason = 'another list of first voters, tie breaker or timing'
    state.out.observe({ kind: 'rejected', from: from.node, reason })
    return
  }
  promise(state, from, message.ballot)
}

/** Promises a ballot, or says which higher one was promised. */
function promise(state: State, to: ProcessId, ballot: Ballot): void {
  const { memory } = state
  const order = compareBallots(ballot, memory.promised)
  if (order < 0 && memory.promised !== undefined) {
    send(state, to.node, { kind: 'overtaken', promised: memory.promised })
    return
  }
  if (order > 0) {
    memory.promised = ballot
    save(state)
    yieldTo(state, to, ballot)
  }
  const { accepted } = memory
  sendWhenStored(state, to.node, {
    kind: 'promise',
    ballot,
    ...(accepted === undefined ? {} : { accepted }),
    outstanding: state.supporter.outstanding(state.now),
    introduction: {
      role: isWitness(state) ? 'witness' : 'member',
      votes: state.options.self.votes,
      weight: weightOf(state.options),
    },
  })
}

/** Whoever was promised a higher ballot gets time to use it. */
function yieldTo(state: State, to: ProcessId, ballot: Ballot): void {
  state.roundSeen = Math.max(state.roundSeen, ballot.round)
  const { current } = state.role
  if (to.node === state.self.node) return
  if (current.kind !== 'follower' && compareBallots(current.ballot, ballot) < 0) stepDown(state)
  restartElectionTimer(state)
}

export function onPropose(state: State, from: ProcessId, message: MessageOf<'propose'>): void {
  const { memory } = state
  if (message.epoch !== epochOf(state) || message.ballot.node !== from.node) return
  if (!isVoter(state) || !mayFollow(state, message.view)) return
  if (compareBallots(message.ballot, memory.promised) < 0) {
    if (memory.promised !== undefined) {
      send(state, from.node, { kind: 'overtaken', promised: memory.promised })
    }
    return
  }
  if (compareBallots(memory.accepted?.ballot, message.ballot) !== 0) {
    memory.promised = message.ballot
    memory.accepted = { ballot: message.ballot, view: message.view }
    save(state)
  }
  noteLeader(state, from.node, message.ballot)
  sendWhenStored(state, from.node, {
    kind: 'accepted',
    ballot: message.ballot,
    outstanding: state.supporter.outstanding(state.now),
  })
}

/** True when `view` may come next: one epoch on, of this cluster, and at genesis with the list. */
function mayFollow(state: State, view: View): boolean {
  const present = state.memory.view
  if (view.epoch !== epochOf(state) + 1) return false
  if (present !== undefined) return view.clusterId === present.clusterId
  const listed = state.options.genesis.map(({ node, votes }) => `${node} ${votes}`).sort()
  const proposed = view.voters.map(({ node, votes }) => `${node} ${votes}`).sort()
  return listed.join() === proposed.join()
}

/** A decided view, and a `prepare` for the one after it by the same leader. */
export function onCommit(state: State, from: ProcessId, message: MessageOf<'commit'>): void {
  learn(state, message.view)
  if (state.ended || message.view.epoch !== epochOf(state)) return
  if (message.ballot.node !== from.node) return
  if (isSelfMember(state)) {
    sendWhenStored(state, from.node, { kind: 'installed', installed: message.view.epoch })
  }
  if (!isVoter(state)) return
  noteLeader(state, from.node, message.ballot)
  promise(state, from, message.ballot)
}
