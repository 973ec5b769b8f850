import { isQuorum, leaseMs, type View } from '@holdfast/membership'
import type { Process, Watcher, World } from './world.ts'

/** What must hold after every event of every run, whatever is lost, late, stopped or restarted. */
class Violation extends Error {}

function fail(world: World, rule: string, what: string): never {
  throw new Violation(`${rule} at ${world.now.toFixed(3)} ms: ${what}`)
}

/** The same text for the same view, whatever the order of its fields. */
const textOf = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) => {
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return part
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
  })

const keyOf = (process: { readonly node: string; readonly incarnation: string }): string =>
  `${process.node}/${process.incarnation}`

export function createInvariants(): Watcher {
  const decided = new Map<number, string>()
  const views = new Map<number, View>()
  const installedEpoch = new Map<string, number>()
  const disks = new Map<string, { round: string; accepted: string }>()
  const promises = new Map<string, number>()
  const checkedUntil = new Map<Process, number>()

  const note = (world: World, view: View): void => {
    const text = textOf(view)
    const known = decided.get(view.epoch)
    if (known !== undefined && known !== text) {
      fail(world, 'I1 one view per epoch', `${known} and ${text}`)
    }
    decided.set(view.epoch, text)
    views.set(view.epoch, view)
    const base = views.get(view.epoch - 1)
    if (base !== undefined) checkNotes(world, base, view)
  }

  return {
    onInstalled(world, process, view) {
      note(world, view)
      const before = installedEpoch.get(keyOf(process)) ?? 0
      if (view.epoch <= before) fail(world, 'I2 epochs rise', `${process.node} ${view.epoch}`)
      // So the view has every note of the views between, for a process that was a member of them.
      if (before > 0 && view.settled > before) {
        fail(world, 'I10 nobody skips an active view', `${process.node} ${before} to ${view.epoch}`)
      }
      installedEpoch.set(keyOf(process), view.epoch)
      const first = process.views[0]
      if (first === undefined || process.views.length === 1) return
      if (joinedOf(first, process) !== joinedOf(view, process)) {
        fail(world, 'I4 eviction is final', `${process.node} came back with its state`)
      }
    },
    onStored(world, _process, record) {
      const { promised, accepted, view, storageId } = record
      const order = (ballot: typeof promised): string =>
        ballot === undefined ? '' : `${String(ballot.round).padStart(16, '0')} ${ballot.node}`
      const before = disks.get(storageId)
      const round = order(promised)
      if (before !== undefined && round < before.round) fail(world, 'I5 promises rise', storageId)
      if (order(accepted?.ballot) > round) fail(world, 'I5 accepted is promised', storageId)
      disks.set(storageId, { round, accepted: order(accepted?.ballot) })
      if (view !== undefined) note(world, view)
    },
    onMessage(world, from, to, message) {
      // I8: remembers until when, in real time, a voter's promise to a process lasts.
      if (message.kind !== 'support') return
      const target = world.hosts.get(to)?.process
      if (target === undefined) return
      const until = world.now + world.timing.promiseMs / world.host(from.node).rate
      promises.set(`${from.node} ${keyOf(target)}`, until)
    },
    onActivated(world, process, epoch) {
      const view = views.get(epoch)
      if (view === undefined) return
      for (const member of view.members) {
        if ((installedEpoch.get(keyOf(member)) ?? 0) < epoch) {
          fail(world, 'I9 barrier', `${process.node} saw ${epoch} active, ${member.node} lags`)
        }
      }
    },
    afterEvent(world) {
      checkPowers(world)
      checkLeases(world, promises, views, checkedUntil)
    },
  }
}

/** I11: a view has the notes of the view before it that are not settled, and then its own. */
function checkNotes(world: World, base: View, view: View): void {
  const kept = base.notes.filter(({ epoch }) => epoch > view.settled)
  const own = view.notes.filter(({ epoch }) => epoch === view.epoch)
  if (textOf([...kept, ...own]) === textOf(view.notes)) return
  fail(world, 'I11 notes are kept until they are settled', `view ${view.epoch}`)
}

/**
 * I3: all that may take over are in one view; and whoever may continue is in that view too, unless
 * it was admitted later (then there is nothing it could continue with).
 */
function checkPowers(world: World): void {
  const able = world.processes.filter((process) => world.mayContinue(process))
  const powerful = able.filter((process) => world.mayTakeOver(process))
  const [first] = powerful
  const active = first?.machine.view
  if (first === undefined || active === undefined) return
  for (const process of powerful) {
    const epoch = process.machine.view?.epoch
    if (epoch === active.epoch) continue
    const pair = `${first.node} in ${active.epoch}, ${process.node} in ${epoch}`
    fail(world, 'I3 one active epoch', pair)
  }
  for (const process of able) {
    const joined = joinedOf(process.machine.view, process) ?? 0
    if (joined > active.epoch || joined === joinedOf(active, process)) continue
    const others = `${first.node} may take over in ${active.epoch}`
    fail(world, 'I4 the evicted have stopped', `${process.node} continues, ${others}`)
  }
}

function joinedOf(view: View | undefined, process: Process): number | undefined {
  return view?.members.find((member) => member.incarnation === process.incarnation)?.joined
}

/** I8: a lease ends, in real time, before the promises of a quorum that back it. */
function checkLeases(
  world: World,
  promises: ReadonlyMap<string, number>,
  views: ReadonlyMap<number, View>,
  checkedUntil: Map<Process, number>,
): void {
  for (const process of world.processes) {
    if (process.ended !== undefined || !world.mayContinue(process)) continue
    const { view } = process.machine
    if (view === undefined) continue
    const left = process.machine.leaseRemaining(world.localNow(process.node))
    if (left > leaseMs(world.timing) + 1e-6)
      fail(world, 'I8 lease length', `${process.node} ${left}`)
    const until = world.now + left / world.host(process.node).rate
    // The end of a lease only has to be judged when it moves.
    if (Math.abs((checkedUntil.get(process) ?? 0) - until) < 1e-3) continue
    checkedUntil.set(process, until)
    const backs = (node: string): boolean =>
      node === process.node ||
      (promises.get(`${node} ${keyOf(process)}`) ?? 0) >= until + world.timing.guardMs / 2
    const isBacked = [view.epoch, view.epoch - 1, view.epoch - 2, view.epoch - 3].some((epoch) => {
      const candidate = views.get(epoch)
      if (candidate === undefined) return false
      return isQuorum(candidate, candidate.voters.map(({ node }) => node).filter(backs))
    })
    if (!isBacked) fail(world, 'I8 lease is backed', `${process.node} in ${view.epoch}`)
  }
}
