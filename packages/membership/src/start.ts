import { createTimerTable } from '@holdfast/primitives'
import { type LoadedRecord, loadRecord } from './durable-record.ts'
import { createFailureDetector } from './failure-detector.ts'
import { isFounder } from './founding.ts'
import { startFullWait, watchView } from './installation.ts'
import { restartElectionTimer } from './leader-contact.ts'
import { createLeaseHolder } from './lease/holder.ts'
import { createSupporter } from './lease/supporter.ts'
import { WEIGHT_MAX } from './limits.ts'
import type { MembershipOptions } from './options.ts'
import { createOutbox } from './outbox.ts'
import { standForElection } from './paxos/leadership.ts'
import {
  end,
  foundingOf,
  isVoter,
  type Memory,
  type State,
  save,
  settingsOf,
  weightOf,
} from './state.ts'
import { checkTiming } from './timing.ts'

const FOUNDING_ROUNDS = 2 ** 30

/** Everything begins with the first input: only then is there a `now`. */
export function startState(options: MembershipOptions, now: number): State {
  const { node, incarnation } = options.self
  const loaded = loadRecord(options.record, options.cluster, node)
  const state = emptyState(options, loaded, now)
  const faults = [...checkTiming(options.timing), ...checkOptions(options)]
  if (loaded.kind === 'refused') faults.push(loaded.reason)
  const [fault] = faults
  if (fault !== undefined) {
    state.out.emit({ kind: 'halted', reason: `${node}/${incarnation}: ${faults.join('; ')}` })
    end(state)
    return state
  }
  begin(state, loaded)
  return state
}

function begin(state: State, loaded: LoadedRecord): void {
  const { timers, now } = state
  if (loaded.kind === 'none') save(state)
  timers.set('heartbeat', now)
  timers.set('join', now)
  if (state.memory.view !== undefined) {
    // Everything may have happened since this record was written, also a change of the electorate.
    startFullWait(state)
    watchView(state)
    restartElectionTimer(state)
    return
  }
  if (!isVoter(state) || !isFounder(state)) return
  // A founder whose disk was replaced half way must not use a ballot of its earlier life again.
  if (loaded.kind === 'none') state.roundSeen = state.random.below(FOUNDING_ROUNDS)
  standForElection(state)
}

function checkOptions(options: MembershipOptions): string[] {
  const faults: string[] = []
  const names = options.genesis.map(({ node }) => node)
  if (new Set(names).size !== names.length) faults.push('a name is twice in the genesis list')
  const weight = weightOf(options)
  if (!Number.isInteger(weight) || weight < 0 || weight > WEIGHT_MAX) {
    faults.push(`the weight must be a whole number from 0 to ${WEIGHT_MAX}, not ${weight}`)
  }
  const listed = options.genesis.find(({ node }) => node === options.self.node)
  if (listed !== undefined && options.self.votes === 0) {
    faults.push('a node of the genesis list has no votes of its own')
  }
  if (options.genesis.some(({ votes }) => !(votes >= 1))) {
    faults.push('every node of the genesis list needs at least one vote')
  }
  if (options.tieBreaker !== undefined && options.genesis.length > 0) {
    if (!names.includes(options.tieBreaker))
      faults.push('the tie breaker is not in the genesis list')
  }
  if (options.joinAs === 'witness' && options.self.votes === 0) {
    faults.push('a witness without votes has no purpose')
  }
  return faults
}

function memoryFrom(options: MembershipOptions, loaded: LoadedRecord): Memory {
  if (loaded.kind === 'record') {
    const { storageId, promised, accepted, view } = loaded.record
    return { storageId, promised, accepted, view }
  }
  // A new disk gets a new identity; a node without votes needs none.
  const storageId = options.self.votes > 0 ? options.random.hex16() : undefined
  return { storageId, promised: undefined, accepted: undefined, view: undefined }
}

function emptyState(options: MembershipOptions, loaded: LoadedRecord, now: number): State {
  const { timing, self } = options
  const hadEarlierLife = loaded.kind === 'record'
  return {
    options,
    self: { node: self.node, incarnation: self.incarnation },
    role: { current: { kind: 'follower' } },
    timing,
    settings: settingsOf(options),
    founding: foundingOf(options),
    random: options.random,
    out: createOutbox(self.node),
    timers: createTimerTable(),
    memory: memoryFrom(options, loaded),
    supporter: createSupporter(timing, hadEarlierLife ? now : undefined),
    lease: createLeaseHolder(timing),
    members: createFailureDetector(timing),
    voters: createFailureDetector(timing),
    addresses: new Map(),
    reports: new Map(),
    badLinks: new Map(),
    pendingJoins: new Map(),
    pendingLeaves: new Map(),
    pendingNotes: new Map(),
    told: new Map(),
    now,
    joined: undefined,
    activeEpoch: 0,
    activation: undefined,
    leader: undefined,
    leaderHeardAt: undefined,
    roundSeen: 0,
    sequence: 0,
    health: 0,
    judgeFrom: now,
    electorateChangedUntil: now,
    leaving: undefined,
    saidGoodbye: false,
    joining: undefined,
    notesNumber: 0,
    ownNotes: undefined,
    notesAt: undefined,
    leaseMood: 'none',
    isQuorate: true,
    ended: false,
  }
}
