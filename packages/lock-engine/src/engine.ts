/**
 * The lock tables of one node.
 *
 * An operation goes through at most three tables, on one, two or three nodes:
 *
 *   session ── call ──► holder ── lookup ──────────► directory
 *                          │  ◄── master-is / appointed ──┘
 *                          ├── request, convert, unlock, cancel ──► master
 *                          └◄─ granted, queued, denied, unlocked, blocking ─┘
 *
 * A message of a node to itself takes the same way without leaving it; that is why an operation on a
 * local master costs no message. The files: `holder/`, `directory/`, `master/`; the algebra of modes in
 * `lock-mode.ts` and `value-block.ts`; what a change of view does in `takeover.ts` and `transfer.ts`.
 */
import type { Epoch, Instant, NodeId } from '@holdfast/primitives'
import type { Core, EngineFact } from './core.ts'
import { type DeadlockMessage, isDeadlockMessage } from './deadlock/deadlock-messages.ts'
import { DeadlockSearch, type SearchFact } from './deadlock/deadlock-search.ts'
import { TablesGraph } from './deadlock/tables-graph.ts'
import { Directory } from './directory/directory.ts'
import { HolderTable } from './holder/holder-table.ts'
import { internalSession } from './holder/session-calls.ts'
import { checkTables } from './invariants.ts'
import { defaultLimits, type EngineLimits } from './limits.ts'
import type { EngineInput, EngineMessage, EngineOutput, LockEngine } from './lock-engine.ts'
import { isLockMessage, type LockMessage } from './lock-messages.ts'
import { MasterTable } from './master/master-table.ts'
import type { Copy } from './master/resource.ts'
import { Activity } from './mastery/activity.ts'
import { interestIn } from './mastery/interest.ts'
import type { MasteryTuning } from './mastery/tuning.ts'
import type { LockCall, PlainCall, SessionEvent, SpaceAttributes } from './messages.ts'
import { refusalOf } from './messages.ts'
import { Queries } from './queries/queries.ts'
import { isQueryMessage, type QueryMessage } from './queries/query-messages.ts'
import { type Candidate, directoryNode } from './rendezvous.ts'
import {
  describeTables,
  type EngineLockReport,
  type HeldReport,
  heldReports,
  lockReports,
} from './reports.ts'
import { type ResourceKey, spaceOf } from './resource-key.ts'
import { earliestOf } from './schedule.ts'
import { defaultAttributes } from './spaces/attributes.ts'
import { Spaces } from './spaces/spaces.ts'
import { spacesPort } from './spaces/spaces-port.ts'
import { Standing } from './standing.ts'
import { candidatesOf, changeTo, lostWithoutLeaving } from './takeover.ts'
import { isTransferRecord, type Transfer } from './transfer.ts'
import type { EngineView, Mastery } from './view.ts'

export interface LockEngineOptions {
  readonly limits?: Partial<EngineLimits>
  /** When trees move to another master. */
  readonly mastery?: Partial<MasteryTuning>
}

export function createLockEngine(options: LockEngineOptions = {}): LockEngine {
  return new Engine({ ...defaultLimits, ...options.limits }, new Activity(options.mastery))
}

const noView: EngineView = { epoch: 0, settled: 0, self: 0, members: [], notes: [] }

class Engine implements LockEngine, Core {
  readonly limits: EngineLimits
  now: Instant = 0
  view: EngineView = noView
  readonly #masters: MasterTable
  readonly #directory: Directory
  readonly #holders: HolderTable
  readonly #graph: TablesGraph
  readonly #search: DeadlockSearch
  readonly #spaces: Spaces
  readonly #activity: Activity
  readonly #queries: Queries
  #candidates: readonly Candidate[] = []
  readonly #standing = new Standing()
  #outputs: EngineOutput[] = []
  /** Messages of this node to itself, oldest first. */
  #own: EngineMessage[] = []
  /** What the locks of the lockspaces have to hear, after the step that it comes from. */
  #internal: SessionEvent[] = []

  constructor(limits: EngineLimits, activity: Activity) {
    this.limits = limits
    this.#activity = activity
    this.#masters = new MasterTable(this)
    this.#directory = new Directory(this, this.#masters)
    this.#holders = new HolderTable(this)
    this.#graph = new TablesGraph(this, this.#masters, this.#holders.registry)
    this.#search = new DeadlockSearch(this.#graph, {
      send: (to, message) => this.#push(to, message),
      observe: (fact) => this.observe(fact),
    })
    this.#spaces = new Spaces(spacesPort(this, this.#holders))
    this.#queries = new Queries(this, this.#masters, {
      send: (to, message) => this.#push(to, message),
      purge: (space) => this.#holders.calls.purge(space),
    })
    this.#holders.openSession(internalSession, 'lockspaces')
  }

  // --- the machine --------------------------------------------------------------------------------

  handle(input: EngineInput, now: Instant): void {
    this.now = now
    // Sessions are opened while the node may not act, too, and nothing else is done then.
    if (input.kind !== 'session-opened') {
      this.#masters.settleChanged()
      this.#queries.newTurn()
    }
    switch (input.kind) {
      case 'tick':
        this.#masters.trees.retireIdle()
        this.#holders.tick()
        this.#search.tick(now)
        this.#proposeMoves()
        break
      case 'session-opened':
        this.#holders.openSession(input.session, input.label)
        break
      case 'call':
        this.#onCall(input.session, input.call)
        break
      case 'session-closed':
        this.#holders.calls.closeSession(input.session)
        this.#spaces.sessionEnded(input.session)
        this.#queries.sessionEnded(input.session)
        break
      case 'received':
        this.#onReceived(input.from, input.epoch, input.message)
        break
    }
    this.#handleOwn()
  }

  drain(): readonly EngineOutput[] {
    if (this.#outputs.length === 0) return noOutputs
    const drained = this.#outputs
    this.#outputs = []
    return drained
  }

  deadline(): Instant | undefined {
    return earliestOf(
      this.#masters.deadline(),
      this.#holders.deadline(),
      this.#search.deadline(),
      this.#activity.deadline(),
      this.#queries.deadline(),
    )
  }

  #proposeMoves(): void {
    const notes = this.#activity.notes(this.now, (root, locksMax) =>
      interestIn(this, this.#masters.resourceOf(root), locksMax),
    )
    if (notes !== undefined) this.#outputs.push({ kind: 'propose', notes })
  }

  #onCall(session: number, call: LockCall | PlainCall): void {
    if (this.view === noView) {
      const reason = 'this node has not joined a cluster yet: try again when it has'
      this.event(session, refusalOf(call, reason))
    } else if ('lock' in call) this.#holders.calls.call(session, call)
    else if (call.kind === 'open-space' || call.kind === 'leave-space') {
      this.#spaces.call(session, call)
    } else this.#queries.call(session, call)
  }

  #onReceived(from: NodeId, epoch: Epoch, message: unknown): void {
    if (isLockMessage(message)) this.#dispatch(from, epoch, message)
    else if (isDeadlockMessage(message)) {
      if (epoch === this.view.epoch) this.#search.onMessage(from, message, this.now)
    } else if (isQueryMessage(message)) {
      if (epoch === this.view.epoch) this.#queries.onMessage(from, message)
    } else this.observe({ kind: 'rejected', from, reason: 'not a lock message' })
  }

  #dispatch(from: NodeId, epoch: Epoch, message: LockMessage): void {
    switch (message.kind) {
      case 'lookup':
        if (epoch === this.view.epoch) this.#directory.onLookup(from, message)
        break
      case 'retire':
        if (epoch === this.view.epoch) this.#directory.onRetire(from, message)
        break
      case 'retired':
        if (epoch === this.view.epoch) this.#masters.trees.retired(message.key)
        break
      case 'master-is':
      case 'appointed':
        if (epoch === this.view.epoch) this.#onDirectoryAnswer(from, message)
        break
      case 'taken':
        this.#masters.givings.taken(from, message.key, message.takenOver)
        break
      case 'request':
        this.#masters.onRequest(from, message)
        break
      case 'convert':
      case 'unlock':
      case 'cancel':
      case 'orphan':
      case 'took':
        this.#masters.onHolder(from, message)
        break
      default:
        this.#holders.onMaster(from, message, epoch)
    }
  }

  #onDirectoryAnswer(
    from: NodeId,
    answer: Extract<LockMessage, { readonly kind: 'master-is' | 'appointed' }>,
  ): void {
    const key = this.#holders.lookupKey(from, answer.lock)
    if (key === undefined) return
    const mastery =
      answer.kind === 'appointed'
        ? { master: this.view.self, takenOver: this.#masters.trees.appoint(key, answer.counter) }
        : { master: answer.master, takenOver: answer.takenOver }
    this.#holders.onMastery(from, answer.lock, mastery)
  }

  #handleOwn(): void {
    const { self, epoch } = this.view
    while (this.#own.length + this.#internal.length > 0) {
      const batch = this.#own
      this.#own = []
      for (const message of batch) this.#onOwn(self, epoch, message)
      const events = this.#internal
      this.#internal = []
      for (const event of events) this.#spaces.onInternalEvent(event)
    }
  }

  #onOwn(self: NodeId, epoch: Epoch, message: EngineMessage): void {
    if (isOfSearch(message)) this.#search.onMessage(self, message, this.now)
    else if (isOfQueries(message)) this.#queries.onMessage(self, message)
    else this.#dispatch(self, epoch, message)
  }

  // --- the tables, as recovery drives them ----------------------------------------------------------

  install(view: EngineView, now: Instant): void {
    this.now = now
    const before = this.view
    const change = changeTo(view, before === noView ? undefined : before)
    this.#standing.install(change)
    this.view = view
    this.#candidates = candidatesOf(view)
    this.#activity.install(view, now)
    this.#masters.install(change)
    this.#directory.install(change)
    this.#holders.install(change)
    this.#search.install(view)
    this.#queries.install()
    this.#spaces.onInstalled({
      epoch: view.epoch,
      members: view.members.map(({ id }) => id),
      lost: lostWithoutLeaving(change.lost, view, before),
    })
  }

  transfers(): readonly Transfer[] {
    return [
      ...this.#masters.transfers(),
      ...this.#directory.transfers(),
      ...this.#holders.transfers(),
    ]
  }

  resume(): void {
    this.#masters.resume()
    this.#holders.resume()
    this.#handleOwn()
  }

  /**
   * A record of an older view than the installed one still counts while the takeover it belongs to
   * stands: its sender has no reason to tell again. One of a superseded takeover has been, or will be,
   * told again by the rule of takeover.
   */
  accept(from: NodeId, record: unknown): void {
    if (!isTransferRecord(record)) {
      this.observe({ kind: 'rejected', from, reason: 'not a transfer record' })
      return
    }
    const { key, takenOver } = record
    if (record.kind === 'entry' && record.master !== this.view.self) {
      this.#directory.learn(key, record, record.toldIn)
    } else if (this.#standing.isAwaited(key, takenOver)) this.#masters.accept(from, record)
  }

  activate(now: Instant): void {
    this.now = now
    this.#masters.activate()
    this.#spaces.onActivated()
    this.#handleOwn()
  }

  open(now: Instant): void {
    this.now = now
    this.#standing.open()
    this.#masters.open()
    this.#directory.open()
    this.#holders.open()
    this.#spaces.onOpened()
    this.#handleOwn()
  }

  // --- what the tables share ------------------------------------------------------------------------

  directoryOf(key: ResourceKey): NodeId {
    return directoryNode(key, this.#candidates)
  }

  isSuperseded(takenOver: Epoch): boolean {
    return this.#standing.isSuperseded(takenOver)
  }

  indexOwn(key: ResourceKey, takenOver: Epoch): void {
    this.#directory.index(key, { master: this.view.self, takenOver })
  }

  ownMastery(key: ResourceKey): Mastery | undefined {
    return this.#masters.masteryOf(key)
  }

  get isOpen(): boolean {
    return this.#standing.isOpen
  }

  used(key: ResourceKey, by: NodeId): void {
    this.#activity.count(key, by, this.now)
  }

  isLookedUp(key: ResourceKey): boolean {
    return this.#holders.isLookedUp(key)
  }

  isEligible(node: NodeId): boolean {
    return this.#candidates.some(({ id }) => id === node)
  }

  attributesOf(key: ResourceKey): SpaceAttributes {
    return this.#spaces.areAllDefault ? defaultAttributes : this.#spaces.attributesOf(spaceOf(key))
  }

  watch(copy: Copy): void {
    this.#graph.watch(copy)
  }

  ended(copy: Copy): void {
    this.#masters.ended(copy)
  }

  send(to: NodeId, message: LockMessage): void {
    this.#push(to, message)
  }

  #push(to: NodeId, message: EngineMessage): void {
    if (to === this.view.self) this.#own.push(message)
    else this.#outputs.push({ kind: 'send', to, message })
  }

  event(session: number, event: SessionEvent): void {
    if (session === internalSession) this.#internal.push(event)
    else if (this.#holders.hasSession(session))
      this.#outputs.push({ kind: 'event', session, event })
  }

  observe(fact: EngineFact | SearchFact): void {
    this.#outputs.push({ kind: 'observed', fact })
  }

  // --- to look at -------------------------------------------------------------------------------------

  get idle(): boolean {
    return this.#holders.lockCount === 0 && this.#masters.copyCount === 0
  }

  get quiet(): boolean {
    return this.#holders.isQuiet && this.#masters.copyCount === 0
  }

  locks(limit: number): readonly EngineLockReport[] {
    return lockReports(this.#masters, limit)
  }

  held(): readonly HeldReport[] {
    return heldReports(this.#holders)
  }

  checkInvariants(): void {
    checkTables(this.#masters, this.#holders)
  }

  describe(): string {
    return describeTables(this.#masters, this.#holders, this.#directory)
  }
}

function isOfSearch(message: EngineMessage): message is DeadlockMessage {
  return message.kind.startsWith('deadlock-')
}

function isOfQueries(message: EngineMessage): message is QueryMessage {
  return message.kind.startsWith('query-') || message.kind.startsWith('purge-')
}

const noOutputs: readonly EngineOutput[] = []
