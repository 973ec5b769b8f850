/**
 * The composition: membership, links, lock engine, recovery and sessions as one pure machine. The
 * daemon, the embedded node, the tests and the simulator all run this one.
 *
 *   input ──► membership ──► view installed ──► recovery ──► lock tables
 *        ├──► links ───────► messages ────────► recovery or lock engine
 *        └──► sessions ────► lock calls ──────► lock engine ──► events, messages ──► links ──► packets
 *
 * Invariants that live here, because only the composition sees both sides:
 *   N1  Nothing is asked of the lock engine while the node's own authority lease is not valid
 *       (`acting`). A node without authority grants nothing, frees nothing, answers nothing.
 *   N2  When the lease ends, every session of the node is closed first: its owners hear that their
 *       locks are not to be trusted before any other node can be given the power to grant them.
 *   N3  Recovery hears that a view is active only while this node may take over in it.
 *   N4  After `stopped` nothing comes out any more but the packets of that very turn: its last words.
 */
import type { EngineOutput, LockEngine } from '@holdfast/lock-engine'
import { createLockEngine } from '@holdfast/lock-engine'
import type { Membership, MembershipOutput, View } from '@holdfast/membership'
import { createMembership } from '@holdfast/membership'
import type { Epoch, Instant, Machine, NodeId, NodeName } from '@holdfast/primitives'
import { unreachable } from '@holdfast/primitives'
import type { Recovery, RecoveryOutput } from '@holdfast/recovery'
import { createRecovery, isForRecovery } from '@holdfast/recovery'
import { createDeparture } from './departure.ts'
import { toRecoveryView } from './engine-view.ts'
import type { NodeInput, Packet, PacketSource, SessionNumber } from './inputs.ts'
import type { NodeMachineOptions } from './options.ts'
import { limitsOf } from './options.ts'
import { createOutbox } from './outbox.ts'
import type { NodeOutput } from './outputs.ts'
import { createPeerLinks } from './peer-links.ts'
import { lockReports, nodeStatus } from './reports.ts'
import type { CloseReason, SessionQuery } from './session-desk.ts'
import { SessionDesk } from './session-desk.ts'

export interface NodeMachine extends Machine<NodeInput, NodeOutput> {
  /** The installed view. */
  readonly view: View | undefined
  /** The parts, to look at: for reports, checkers and tests. */
  readonly membership: Membership
  readonly engine: LockEngine
  readonly recovery: Recovery
  readonly sessionCount: number
  /** Link messages that wait to be sent or acknowledged. */
  readonly linkPending: number
  readonly stopped: boolean
}

export function createNodeMachine(options: NodeMachineOptions): NodeMachine {
  return new ComposedNode(options)
}

class ComposedNode implements NodeMachine {
  readonly membership: Membership
  readonly engine: LockEngine
  readonly recovery: Recovery
  readonly #self: PacketSource
  readonly #reportedLocksMax: number
  readonly #links = createPeerLinks()
  readonly #outbox = createOutbox()
  readonly #departure: ReturnType<typeof createDeparture>
  readonly #desk: SessionDesk
  #now: Instant = 0
  #acting = false
  #stopped = false
  /** Newest epoch that recovery was told to be active. */
  #activated: Epoch = 0

  constructor(options: NodeMachineOptions) {
    const limits = limitsOf(options)
    const { self } = options.membership
    this.#self = self
    this.#reportedLocksMax = limits.reportedLocksMax
    this.membership = createMembership(options.membership)
    this.engine = createLockEngine({})
    this.recovery = createRecovery(this.engine)
    this.#departure = createDeparture(limits.drainMs, options.membership.timing.promiseMs)
    const departure = this.#departure
    this.#desk = new SessionDesk({
      self: self.node,
      limits,
      engine: this.engine,
      outbox: this.#outbox,
      authorityMs: (now) => (this.#acting ? this.membership.leaseRemaining(now) : 0),
      answer: (session, query, now) => this.#onQuery(session, query, now),
      get leaving(): boolean {
        return departure.underWay
      },
    })
  }

  get view(): View | undefined {
    return this.membership.view
  }

  get sessionCount(): number {
    return this.#desk.count
  }

  get linkPending(): number {
    return this.#links.pending
  }

  get stopped(): boolean {
    return this.#stopped
  }

  handle(input: NodeInput, now: Instant): void {
    if (this.#stopped) return // N4
    this.#now = now
    this.#watchAuthority(now)
    this.#take(input, now)
    this.#settle(now)
  }

  drain(): readonly NodeOutput[] {
    return this.#outbox.take(this.#links, this.#now)
  }

  deadline(): Instant | undefined {
    if (this.#stopped) return undefined
    return earliestOf([
      this.membership.deadline(),
      this.#acting ? this.engine.deadline() : undefined,
      this.#links.deadline(),
      this.#desk.deadline(),
      this.#departure.deadline(),
      this.#acting ? this.#now + this.membership.leaseRemaining(this.#now) : undefined,
    ])
  }

  #take(input: NodeInput, now: Instant): void {
    switch (input.kind) {
      case 'tick':
        this.membership.handle(input, now)
        if (this.#acting) this.engine.handle(input, now) // N1
        this.#desk.expire(now)
        break
      case 'packet':
        this.#onPacket(input.from, input.packet, now)
        break
      case 'peer-up':
        this.#links.reconnected(input.peer)
        break
      case 'stored':
      case 'store-failed':
      case 'clock-jumped':
      case 'fenced':
        this.membership.handle(input, now)
        break
      case 'leave':
        this.#departure.start(now)
        this.membership.handle(input, now)
        break
      case 'session-opened':
        this.#desk.open(input.session, input.label, now)
        break
      case 'session-call':
        this.#desk.call(input.session, input.call, now)
        break
      case 'session-gone':
        this.#desk.gone(input.session, now)
        break
      default:
        unreachable(input)
    }
  }

  #onPacket(from: PacketSource, packet: Packet, now: Instant): void {
    for (const message of packet.datagrams) {
      this.membership.handle({ kind: 'received', from, message }, now)
    }
    // What was on its way to a former start of this node says nothing to this one.
    if (packet.link === undefined || packet.to !== this.#self.incarnation) return
    this.#links.receive(from, packet.link, now)
  }

  #onQuery(session: SessionNumber, query: SessionQuery, now: Instant): void {
    const { membership, engine } = this
    const self = this.#self.node
    const { call } = query
    if (query.what === 'locks') {
      const locks = lockReports({ self, engine, view: this.view }, this.#reportedLocksMax, now)
      this.#outbox.tell(session, { kind: 'report', call, locks, partial: true })
      return
    }
    const departing = this.#departure.underWay
    const status = nodeStatus({ self, membership, acting: this.#acting, departing }, now)
    this.#outbox.tell(session, { kind: 'report', call, status })
  }

  /** Lets the parts work until nothing follows from anything any more. */
  #settle(now: Instant): void {
    do {
      this.#drainMembership(now)
      this.#watchAuthority(now)
      this.#watchDeparture(now)
      this.#drainLocks(now)
    } while (!this.#stopped && this.#acting && this.#work(now)) // N1
  }

  /** Gives the lock layer the next thing to do; false when there is none. */
  #work(now: Instant): boolean {
    return this.#activate(now) || this.#desk.work(now) || this.#deliver(now)
  }

  #activate(now: Instant): boolean {
    const epoch = this.view?.epoch ?? 0
    if (epoch === this.#activated || !this.membership.mayTakeOver(now)) return false // N3
    this.#activated = epoch
    this.recovery.handle({ kind: 'view-activated', epoch }, now)
    return true
  }

  #deliver(now: Instant): boolean {
    let delivered = false
    for (let next = this.#links.next(); next !== undefined; next = this.#links.next()) {
      const { from, epoch, message } = next
      if (isForRecovery(message)) this.recovery.handle({ kind: 'received', from, message }, now)
      else this.engine.handle({ kind: 'received', from, epoch, message }, now)
      delivered = true
    }
    return delivered
  }

  #watchAuthority(now: Instant): void {
    const may = !this.#stopped && this.membership.mayContinue(now)
    if (may === this.#acting) return
    this.#acting = may
    if (!may) this.#desk.closeAll('authority-lost', now) // N2
    this.#outbox.observe({ kind: may ? 'authority-regained' : 'authority-lost' })
  }

  #watchDeparture(now: Instant): void {
    if (this.#departure.drainIsOver(now)) this.#desk.closeAll('node-stopped', now)
    const quiet = this.#desk.quiet && this.engine.quiet
    if (!this.#departure.mayGo(quiet, now)) return
    this.#desk.closeAll('node-stopped', now)
    this.membership.handle({ kind: 'handed-over' }, now)
    this.#drainMembership(now)
  }

  #drainMembership(now: Instant): void {
    for (const output of this.membership.drain()) this.#onMembership(output, now)
  }

  #onMembership(output: MembershipOutput, now: Instant): void {
    switch (output.kind) {
      case 'send':
        this.#outbox.datagram(output.to, output.message)
        break
      case 'installed':
        this.#onInstalled(output.view, now)
        break
      case 'activated':
        this.#outbox.observe({ kind: 'activated', epoch: output.epoch })
        break
      case 'store':
      case 'fence':
        this.#outbox.put(output)
        break
      case 'observed':
        this.#outbox.observe({ kind: 'membership', fact: output.fact })
        break
      case 'evicted':
        this.#stop('evicted', 'node-evicted', output.reason)
        break
      case 'halted':
        this.#stop('halted', 'node-stopped', output.reason)
        break
      case 'left':
        this.#stop('left', 'node-stopped', 'it handed over its work and left')
        break
      default:
        unreachable(output)
    }
  }

  #onInstalled(view: View, now: Instant): void {
    this.#drainLocks(now)
    const { node } = this.#self
    const others = view.members.filter((member) => member.node !== node)
    this.#links.install(others, view.epoch)
    const members = view.members.map((member) => `${member.node}#${member.joined}`)
    this.#outbox.observe({ kind: 'installed', epoch: view.epoch, members })
    const forLocks = toRecoveryView(view, node)
    if (forLocks === undefined) return
    this.recovery.handle({ kind: 'view-installed', view: forLocks }, now)
    this.#drainLocks(now)
  }

  #stop(why: 'left' | 'evicted' | 'halted', toSessions: CloseReason, reason: string): void {
    if (this.#stopped) return
    this.#desk.closeAll(toSessions, this.#now)
    this.#stopped = true
    this.#acting = false
    this.#outbox.put({ kind: 'stopped', why, reason })
  }

  /** Recovery first: transfers must be in the link before the calls that are sent again behind them. */
  #drainLocks(now: Instant): void {
    for (const output of this.recovery.drain()) this.#onRecovery(output, now)
    for (const output of this.engine.drain()) this.#onEngine(output, now)
  }

  #onRecovery(output: RecoveryOutput, now: Instant): void {
    switch (output.kind) {
      case 'send':
        this.#push(output.to, output.message, now)
        break
      case 'recovered':
        this.#outbox.observe({ kind: 'recovered', epoch: output.epoch })
        break
      case 'handed-over':
        this.#departure.handedOver()
        break
      case 'rejected': {
        const { reason } = output
        this.#outbox.observe({ kind: 'rejected', from: this.#nameOf(output.from), reason })
        break
      }
      default:
        unreachable(output)
    }
  }

  #onEngine(output: EngineOutput, now: Instant): void {
    switch (output.kind) {
      case 'send':
        this.#push(output.to, output.message, now)
        break
      case 'event':
        this.#desk.tell(output.session, output.event)
        break
      case 'propose':
        this.membership.handle(output, now)
        break
      case 'observed':
        this.#outbox.observe({ kind: 'locks', fact: output.fact })
        break
      default:
        unreachable(output)
    }
  }

  /** A link that has no room left is broken for good, so one of its two ends has to go. */
  #push(to: NodeId, message: unknown, now: Instant): void {
    if (this.#links.push(to, message)) return
    this.membership.handle({ kind: 'unreachable', node: this.#nameOf(to) }, now)
  }

  #nameOf(id: NodeId): NodeName {
    return this.view?.members.find((member) => member.id === id)?.node ?? `node ${id}`
  }
}

function earliestOf(instants: readonly (Instant | undefined)[]): Instant | undefined {
  let earliest: Instant | undefined
  for (const at of instants) {
    if (at !== undefined && (earliest === undefined || at < earliest)) earliest = at
  }
  return earliest
}
