/** Turns what happens in a world into facts, and tells them to the checkers. */
import type { View } from '@holdfast/membership'
import type { NodeInput, NodeMachine, NodeOutput } from '@holdfast/node/machine'
import type { Epoch, Incarnation, Instant } from '@holdfast/primitives'
import type { Observer } from '@holdfast/simulator'
import type { Checker } from './checkers/checker.ts'
import { weakerOf } from './checkers/lock-modes.ts'
import type { History } from './client/history.ts'
import type { WorkCounts } from './counts.ts'
import type { CopyFact, MemberFact, PowerFact, Process } from './facts.ts'
import type { WorldNode } from './world-node.ts'

export interface Watch {
  readonly observer: Observer<NodeInput, NodeOutput, NodeMachine>
  readonly history: History
  /** Reads all tables and sizes: too slow to do at each event. */
  inspect(nodes: readonly WorldNode[]): void
}

export interface WatchSetup {
  readonly checkers: readonly Checker[]
  readonly counts: WorkCounts
  readonly now: () => Instant
  readonly onSession: (node: WorldNode, output: Extract<NodeOutput, { kind: 'session' }>) => void
  readonly onEnd: (node: WorldNode, why: 'crash' | 'stop') => void
}

export function createWatch(setup: WatchSetup): Watch {
  const { counts, now } = setup
  const tell = createTeller(setup.checkers)
  const installed = new Map<Incarnation, Epoch>()
  const decided = new Set<Epoch>()

  const noteInstalled = (node: WorldNode, process: Process): void => {
    const view = node.machine?.view
    if (view === undefined || installed.get(process.incarnation) === view.epoch) return
    installed.set(process.incarnation, view.epoch)
    if (!decided.has(view.epoch)) counts.viewChanges += 1
    decided.add(view.epoch)
    const members: readonly MemberFact[] = view.members
    tell.onInstalled({ at: now(), process, epoch: view.epoch, members, content: viewText(view) })
  }
  return {
    observer: {
      onStart() {
        counts.starts += 1
      },
      onInput(node, input) {
        // The end of a connection means what its owner's last call would.
        if (input.kind === 'session-gone') {
          const call = { kind: 'close', call: 0 } as const
          tell.onCall({ at: now(), process: processOf(node), session: input.session, call })
        } else if (input.kind === 'session-call') {
          const { session, call } = input
          tell.onCall({ at: now(), process: processOf(node), session, call })
        }
      },
      onOutput(node, output) {
        if (output.kind === 'session') {
          const { session, event } = output
          tell.onEvent({ at: now(), process: processOf(node), session, event })
          setup.onSession(node, output)
        } else if (output.kind === 'observed' && output.fact.kind === 'recovered') {
          counts.recoveries += 1
        }
      },
      onHandled(node, input) {
        // A call of a session cannot change what its node may do.
        if (input.kind === 'session-call') return
        const process = processOf(node)
        noteInstalled(node, process)
        tell.onPower(powerOf(node, process, now()))
      },
      onEnd(node, why) {
        tell.onEnd({ at: now(), process: processOf(node), why })
        setup.onEnd(node, why)
      },
    },
    history: {
      asked: (fact) => tell.onAsk(fact),
      waitsNoMore: (belief) => tell.onNoMore(belief),
      granted(fact) {
        counts.grants += 1
        tell.onGrant(fact)
      },
      yielded: (fact) => tell.onYield(fact),
      wrote: (fact) => tell.onWrite(fact),
      lost(fact) {
        counts.lostLocks += 1
        tell.onLoss(fact)
      },
      refused() {
        counts.refusals += 1
      },
    },
    inspect: (nodes) => inspect(nodes, tell, now()),
  }
}

type Hooks = Required<Omit<Checker, 'name'>>
type HookName = keyof Hooks

/** Calls only those checkers that listen: most facts interest one or two. */
function createTeller(checkers: readonly Checker[]): Hooks {
  const hook = <Name extends HookName>(name: Name): Hooks[Name] => {
    const listeners = checkers.filter((checker) => checker[name] !== undefined)
    const call = (fact: never): void => {
      for (const checker of listeners) (checker[name] as (fact: never) => void)(fact)
    }
    return call as Hooks[Name]
  }
  return {
    onInstalled: hook('onInstalled'),
    onPower: hook('onPower'),
    onEnd: hook('onEnd'),
    onCall: hook('onCall'),
    onEvent: hook('onEvent'),
    onAsk: hook('onAsk'),
    onGrant: hook('onGrant'),
    onNoMore: hook('onNoMore'),
    onYield: hook('onYield'),
    onWrite: hook('onWrite'),
    onLoss: hook('onLoss'),
    onTables: hook('onTables'),
    onSizes: hook('onSizes'),
  }
}

function processOf(node: WorldNode): Process {
  return { node: node.name, incarnation: node.incarnation as Incarnation }
}

function powerOf(node: WorldNode, process: Process, at: Instant): PowerFact {
  const { membership, view } = node.machine as NodeMachine
  const local = node.localNow()
  const leaseEnds = (): Instant => node.clock.virtual(local + membership.leaseRemaining(local))
  const continues = membership.mayContinue(local)
  const until = continues ? leaseEnds() : at
  return {
    at,
    process,
    epoch: view?.epoch ?? 0,
    members: view?.members ?? [],
    mayContinueUntil: until,
    mayTakeOverUntil: membership.mayTakeOver(local) ? until : at,
  }
}

const LINK_MESSAGES_MAX = 100_000
const SESSIONS_MAX = 10_000

function inspect(nodes: readonly WorldNode[], tell: Hooks, at: Instant): void {
  const tables = []
  for (const node of nodes) {
    const { machine } = node
    if (machine === undefined || machine.stopped) continue
    machine.engine.checkInvariants()
    const process = processOf(node)
    tell.onSizes({
      at,
      process,
      sizes: [
        { what: 'link messages', size: machine.linkPending, max: LINK_MESSAGES_MAX },
        { what: 'sessions', size: machine.sessionCount, max: SESSIONS_MAX },
      ],
    })
    // A suspended machine does not act, and the guard of its driver voids the lease before it does.
    if (node.state !== 'suspended' && machine.membership.mayContinue(node.localNow())) {
      tables.push({ process, copies: copiesOf(machine) })
    }
  }
  tell.onTables({ at, tables })
}

function copiesOf(machine: NodeMachine): readonly CopyFact[] {
  const copies: CopyFact[] = []
  for (const { resource, session, lock, granted, wanted, unlocking } of machine.engine.held()) {
    if (granted === undefined || unlocking) continue
    const key = `${resource.space}/${resource.name}`
    // While a conversion is under way only what both modes contain is certain here.
    const mode = wanted === undefined ? granted : weakerOf(granted, wanted)
    copies.push({ resource: key, lock: `session ${session} lock ${lock}`, mode })
  }
  return copies
}

function viewText(view: View): string {
  const members = view.members.map(
    ({ node, id, incarnation, joined, leaving }) =>
      `${node}=${id}#${incarnation}@${joined}${leaving ? ' leaving' : ''}`,
  )
  const voters = view.voters.map(({ node, storageId, votes }) => `${node}/${storageId}:${votes}`)
  const ghosts = view.ghosts.map(({ node, incarnation }) => `${node}#${incarnation}`)
  const head = `${view.clusterId} settled ${view.settled} tie breaker ${view.tieBreaker ?? 'none'}`
  return `${head} [${members.join(', ')}] voters [${voters.join(', ')}] ghosts [${ghosts.join(', ')}]`
}
