import { noteActive, tellActivated } from './active-epoch.ts'
import { forgetLeader, restartElectionTimer } from './leader-contact.ts'
import { settleNotes } from './notes.ts'
import { end, epochOf, isSelfMember, isWitness, type State, save } from './state.ts'
import { waitMs } from './timing.ts'
import { isSameElectorate, memberOf, processKey, type View } from './view.ts'

/**
 * Takes a decided view. Views are taken in rising epoch order and may skip; what is decided needs
 * nobody's permission to be learned, so this also serves voters and nodes that only want to join.
 */
export function learn(state: State, view: View): void {
  const before = state.memory.view
  if (before !== undefined && view.epoch <= before.epoch) return
  if (before !== undefined && view.clusterId !== before.clusterId) return
  if (isForeignFounding(state, view)) return
  // Who skipped a view does not know whether the voters changed there and back again.
  const isNext = before !== undefined && view.epoch === before.epoch + 1
  const electorateChanged = !isNext || !isSameElectorate(before, view)
  if (electorateChanged) startFullWait(state)
  state.memory.view = view
  state.memory.accepted = undefined
  // Promises of earlier epochs stay in the table until they have run out.
  state.supporter.prune(state.now)
  state.lease.onInstall(electorateChanged)
  state.role.current = { kind: 'follower' }
  state.activation = undefined
  state.reports.clear()
  state.badLinks.clear()
  state.timers.clear('batch')
  save(state)
  forgetServed(state, view)
  settleNotes(state, view)
  watchView(state)
  takeSeat(state, view)
  if (state.ended) return
  if (state.leader !== undefined && !isAmongPeers(view, state.leader.node)) forgetLeader(state)
  restartElectionTimer(state)
  state.timers.set('heartbeat', state.now)
  if (state.joining !== undefined) state.timers.set('join', state.now)
}

/** A first view that this node accepted may only be replaced by a view of the same cluster. */
function isForeignFounding(state: State, view: View): boolean {
  const { accepted } = state.memory
  if (state.memory.view !== undefined || accepted === undefined) return false
  return accepted.view.clusterId !== view.clusterId
}

/**
 * "Full wait after an electorate change": the new voters do not know the promises of the old ones.
 * No quorum of the old electorate supported anybody after the decision, which was before now, so
 * all leases from it are over when D is over on any clock.
 */
export function startFullWait(state: State): void {
  state.electorateChangedUntil = state.now + waitMs(state.timing, state.timing.promiseMs)
}

function isAmongPeers(view: View, node: string): boolean {
  return [...view.members, ...view.voters].some((peer) => peer.node === node)
}

/** Requests that the view fulfils are dropped; a late copy of them must not be served twice. */
function forgetServed(state: State, view: View): void {
  for (const [node, join] of state.pendingJoins) {
    const member = memberOf(view, node)
    const isWitnessVoter = view.voters.some(
      (voter) => voter.node === node && voter.storageId === join.storageId,
    )
    const isServed =
      join.role === 'witness' ? isWitnessVoter : member?.incarnation === join.process.incarnation
    if (isServed) state.pendingJoins.delete(node)
  }
  for (const [node, leave] of state.pendingLeaves) {
    const member = memberOf(view, node)
    const isGone = member === undefined || member.incarnation !== leave.incarnation
    const isMarked = leave.stage === 'leaving' && member?.leaving === true
    if (isGone || isMarked) state.pendingLeaves.delete(node)
  }
}

/** Watches the members by their process and the voters by their disk. */
export function watchView(state: State): void {
  const { view } = state.memory
  if (view === undefined) return
  const self = processKey(state.self)
  state.members.watch(
    view.members.filter((member) => processKey(member) !== self),
    state.now,
  )
  state.voters.watch(
    view.voters.filter(({ node }) => node !== state.self.node).map(({ node }) => ({ node })),
    state.now,
  )
  state.timers.set('suspect', state.now + state.timing.suspectMs)
}

/**
 * What the view says about this process. Being listed with another `joined` means: removed, and let
 * in again by a late request, behind this process's back. Its state is of its earlier membership,
 * which others have already divided among themselves, so it must go ("stateful merge" of the Linux
 * dlm_controld).
 */
function takeSeat(state: State, view: View): void {
  const seat = memberOf(view, state.self.node)
  const isListed = seat?.incarnation === state.self.incarnation
  if (state.joined !== undefined) {
    const isSameSeat = isListed && seat?.joined === state.joined
    if (!isSameSeat) {
      leave(state, view)
      return
    }
  }
  if (state.joined === undefined && isListed) state.joined = seat?.joined
  if (!isSelfMember(state) && !isWitness(state)) return
  state.joining = undefined
  state.out.emit({ kind: 'installed', view })
  if (state.activeEpoch === view.epoch) tellActivated(state)
}

function leave(state: State, view: View): void {
  const reason = `view ${view.epoch}: ${view.reason}`
  state.out.emit(state.saidGoodbye ? { kind: 'left' } : { kind: 'evicted', reason })
  end(state)
}

/** A decided view together with the newest epoch that its sender knew to be active. */
export function learnWithActive(state: State, view: View, active: number): void {
  learn(state, view)
  if (!state.ended && active <= epochOf(state)) noteActive(state, active)
}
