/** Turns what happens in a world into facts, and tells them to the checkers. */
import type { SessionCall } from '@holdfast/lock-engine/messages'
import type { View } from '@holdfast/membership'
import type { NodeInput, NodeMachine, NodeOutput } from '@holdfast/node/machine'
import type { Epoch, Incarnation, Instant } from '@holdfast/primitives'
import type { Observer } from '@holdfast/simulator'
import type { Checker } from './checkers/checker.ts'
import type { History } from './client/history.ts'
import { countCompletion, countGrant, type WorkCounts } from './counts.ts'
import type { CopyFact, MemberFact, PowerFact, Process, Trust } from './facts.ts'
import type { KnownLocks } from './onlooker/known-locks.ts'
import { Onlooker } from './onlooker/onlooker.ts'
import { keyAbove, pathKey } from './path-key.ts'
import type { WorldNode } from './world-node.ts'

export interface Watch {
  readonly observer: Observer<NodeInput, NodeOutput, NodeMachine>
  readonly history: History
  /** Reads all tables and sizes: too slow to do at each event. */
  inspect(nodes: readonly WorldNode[]): void
}

export interface WatchSetup {
  readonly checkers: (locks: KnownLocks) => readonly Checker[]
  readonly counts: WorkCounts
  readonly now: () => Instant
  readonly onSession: (node: WorldNode, output: Extract<NodeOutput, { kind: 'session' }>) => void
  readonly onEnd: (node: WorldNode, why: 'crash' | 'stop') => void
}

export function createWatch(setup: WatchSetup): Watch {
  const { counts, now } = setup
  const onlooker: Onlooker = new Onlooker({ now, tell: (fact) => tell.onWaits(fact) })
  const tell = createTeller(setup.checkers(onlooker.locks))
  /** How long each process may still act. */
  const trusts = new Map<Incarnation, Trust>()
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
  const trustOf = (incarnation: Incarnation): Trust => {
    const trust = trusts.get(incarnation) ?? { until: 0 }
    trusts.set(incarnation, trust)
    return trust
  }
  return {
    observer: {
      onStart() {
        counts.starts += 1
      },
      onInput(node, input) {
        onlooker.beforeTurn()
        if (input.kind !== 'session-gone' && input.kind !== 'session-call') return
        const { session } = input
        const fact = { at: now(), process: processOf(node), session, call: callOf(input) }
        onlooker.onCall(fact)
        tell.onCall(fact)
      },
      onOutput(node, output) {
        onlooker.onOutput(node, output)
        if (output.kind === 'session') {
          const { session, event } = output
          const fact = { at: now(), process: processOf(node), session, event }
          tell.onEvent(fact)
          onlooker.onEvent(fact)
          setup.onSession(node, output)
        } else if (output.kind === 'observed')
          noteObserved({ tell, counts, at: now() }, output.fact)
      },
      onHandled(node, input) {
        onlooker.afterTurn(node, input)
        // A call of a session cannot change what its node may do.
        if (input.kind === 'session-call') return
        const process = processOf(node)
        noteInstalled(node, process)
        const power = powerOf(node, process, now())
        trustOf(process.incarnation).until = power.mayContinueUntil
        tell.onPower(power)
      },
      onEnd(node, why) {
        onlooker.onEnd(node)
        trustOf(processOf(node).incarnation).until = now()
        tell.onEnd({ at: now(), process: processOf(node), why })
        setup.onEnd(node, why)
      },
    },
    history: createHistory(tell, counts, trustOf),
    inspect(nodes) {
      onlooker.read()
      inspect(nodes, tell, now())
    },
  }
}

type SessionInput = Extract<NodeInput, { kind: 'session-gone' | 'session-call' }>

/** The end of a connection means what its owner's last call would. */
function callOf(input: SessionInput): SessionCall {
  return input.kind === 'session-gone' ? { kind: 'close', call: 0 } : input.call
}

interface Place {
  readonly tell: Hooks
  readonly counts: WorkCounts
  readonly at: Instant
}

function noteObserved(
  { tell, counts, at }: Place,
  fact: Extract<NodeOutput, { kind: 'observed' }>['fact'],
): void {
  if (fact.kind === 'recovered') counts.recoveries += 1
  if (fact.kind !== 'locks') return
  const ofLocks = fact.fact as { readonly kind: string; readonly words?: string }
  if (ofLocks.kind === 'deadlock') tell.onDenial({ at, words: ofLocks.words ?? '' })
}

/** What clients do and hear, told to the checkers and counted. */
function createHistory(
  tell: Hooks,
  counts: WorkCounts,
  trustOf: (incarnation: Incarnation) => Trust,
): Watch['history'] {
  return {
    asked: (fact) => tell.onAsk(fact),
    waitsNoMore: (belief) => tell.onNoMore(belief),
    granted(fact) {
      countGrant(counts, fact)
      tell.onGrant(fact)
    },
    kept: (fact) => tell.onKept(fact),
    yielded: (fact) => tell.onYield(fact),
    wrote: (fact) => tell.onWrite(fact),
    lost(fact) {
      counts.lostLocks += 1
      tell.onLoss(fact)
    },
    written: (belief) => tell.onWritten(belief),
    orphaned(fact) {
      counts.orphans += 1
      const { belief, incarnation } = fact
      const client = `nobody, left by ${belief.client}`
      tell.onOrphan({ ...fact, belief: { ...belief, client, trust: trustOf(incarnation) } })
    },
    adopting: (belief, step) => tell.onAdopting(belief, step),
    purging: (scope, step) => tell.onPurging(scope, step),
    completed: (completion) => countCompletion(counts, completion),
    refused() {
      counts.refusals += 1
    },
  }
}

type Hooks = Required<Omit<Checker, 'name'>>
type HookName = keyof Hooks

/** Calls only those checkers that listen: most facts interest one or two. */
function createTeller(checkers: readonly Checker[]): Hooks {
  const hook = <Name extends HookName>(name: Name): Hooks[Name] => {
    const listeners = checkers.filter((checker) => checker[name] !== undefined)
    const call = (...facts: readonly never[]): void => {
      for (const checker of listeners)
        (checker[name] as (...facts: readonly never[]) => void)(...facts)
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
    onKept: hook('onKept'),
    onWritten: hook('onWritten'),
    onOrphan: hook('onOrphan'),
    onAdopting: hook('onAdopting'),
    onPurging: hook('onPurging'),
    onWaits: hook('onWaits'),
    onDenial: hook('onDenial'),
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
  for (const held of machine.engine.held()) {
    const { resource, session, lock, granted: mode, range, owner, orphan, unlocking } = held
    if (mode === undefined || resource.space === '') continue
    const [key, above] = [pathKey(resource), keyAbove(resource)]
    copies.push({ resource: key, above, session, lock, mode, range, owner, orphan, unlocking })
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
