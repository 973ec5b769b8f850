/**
 * Recovery of one node: the script that runs when the view changes.
 *
 *   view installed   1. install    stop what the change touches; the rest is granted all the time
 *                    2. transfers  tell the new masters and directories what this node knows
 *                    3. rebuilt    tell every member that this was all
 *                    4. resume     send pending calls again, behind the transfers (links are FIFO)
 *   view activated   5. activate   lost members have stopped for certain: free what they held here
 *   both, and        6. open       everybody's transfers are here and nobody of an older view acts:
 *   `rebuilt` of all               grant from what was taken over
 *                    7. opened     tell those who hand over that they may go
 *
 * Two powers. Steps 1 to 4 need none: they only give up and tell. Going on as the master of what did
 * not move needs the node's own lease, because nobody becomes master of it while the node is in the
 * view. Steps 5 and 6 take over what was somebody else's, and need the view to be active.
 *
 * Invariants, each checked in simulation:
 *   R1  Nothing taken over is granted before every member of the view has told what it holds.
 *       Without it a lock that a survivor still holds would be granted twice.
 *   R2  Nothing taken over is granted, and no lost member's lock is freed, before the view is active.
 *       Without it a lost member that has not noticed would hold a lock together with its successor.
 *   R3  A newer view supersedes: `rebuilt` of an older one counts for nothing. Otherwise a new master
 *       would open without what was told for the newer one.
 *   R4  Every member gets exactly one `rebuilt` per view that the sender installed, behind all
 *       transfers. Without it a new master would wait for ever, or open too early.
 *   R5  A transfer is handed to the tables whatever its epoch: they know which takeovers still stand.
 *       A resource that was taken over in an active view stays where it is in the next one, so
 *       nobody tells it again, although its transfers may arrive after that view was installed.
 *
 * The order of steps 2 to 4 is that of the Linux dlm (`ls_recover`: masters, locks, waiters); its
 * barriers between all nodes are replaced by R1, so that nodes wait only for what they need.
 */
import type { Epoch, Instant, Machine, NodeId } from '@holdfast/primitives'
import { unreachable } from '@holdfast/primitives'
import type { RecoveryMessage } from './messages.ts'
import { decodeRecoveryMessage, transferRecordsMax } from './messages.ts'
import type { LockTables, RecoveryView, TableTransfer } from './tables.ts'

export type RecoveryInput =
  | { readonly kind: 'view-installed'; readonly view: RecoveryView }
  /** The installed view has the power to take over. Given only while the node's own lease is valid. */
  | { readonly kind: 'view-activated'; readonly epoch: Epoch }
  /** From a member of the installed view; anything else was sorted out before. */
  | { readonly kind: 'received'; readonly from: NodeId; readonly message: unknown }

export type RecoveryOutput =
  | { readonly kind: 'send'; readonly to: NodeId; readonly message: RecoveryMessage }
  /** The tables are whole again in this view. */
  | { readonly kind: 'recovered'; readonly epoch: Epoch }
  /** Every member that stays has opened what this node handed over: it may go. */
  | { readonly kind: 'handed-over'; readonly epoch: Epoch }
  | { readonly kind: 'rejected'; readonly from: NodeId; readonly reason: string }

export interface Recovery extends Machine<RecoveryInput, RecoveryOutput> {
  /** What the node waits for, in words; `undefined` when nothing is being recovered. */
  describe(): string | undefined
}

/** One recovery: from the install of a view to the install of the next. */
interface Round {
  readonly view: RecoveryView
  readonly rebuilt: Set<NodeId>
  readonly opened: Set<NodeId>
  active: boolean
  open: boolean
}

/** What every step works with. */
interface Context {
  readonly tables: LockTables
  readonly emit: (output: RecoveryOutput) => void
  /** Of the input that is handled. */
  now: Instant
}

export function createRecovery(tables: LockTables): Recovery {
  let round: Round | undefined
  let outputs: RecoveryOutput[] = []
  const context: Context = { tables, emit: (output) => void outputs.push(output), now: 0 }

  return {
    handle(input: RecoveryInput, now: Instant): void {
      context.now = now
      switch (input.kind) {
        case 'view-installed':
          round = onViewInstalled(input.view, context)
          break
        case 'view-activated':
          if (round !== undefined) onViewActivated(round, input.epoch, context)
          break
        case 'received':
          if (round !== undefined) onReceived(round, input.from, input.message, context)
          break
        default:
          unreachable(input)
      }
    },
    drain() {
      const drained = outputs
      outputs = []
      return drained
    },
    deadline: () => undefined,
    describe: () => (round === undefined ? undefined : describeRound(round)),
  }
}

function onViewInstalled(view: RecoveryView, context: Context): Round {
  const round: Round = {
    view,
    rebuilt: new Set(),
    opened: new Set(),
    active: false,
    open: false,
  }
  context.tables.install(view, context.now)
  sendTransfers(view, context)
  for (const member of view.members) {
    if (member.id !== view.self) {
      context.emit({ kind: 'send', to: member.id, message: { kind: 'rebuilt', epoch: view.epoch } })
    }
  }
  round.rebuilt.add(view.self)
  context.tables.resume()
  return round
}

function sendTransfers(view: RecoveryView, context: Context): void {
  const chunks = new Map<NodeId, unknown[]>()
  const send = (to: NodeId, records: readonly unknown[]): void =>
    context.emit({ kind: 'send', to, message: { kind: 'transfer', epoch: view.epoch, records } })

  for (const { to, record } of context.tables.transfers() as readonly TableTransfer[]) {
    if (to === view.self) {
      context.tables.accept(view.self, record)
      continue
    }
    const chunk = chunks.get(to) ?? []
    chunk.push(record)
    if (chunk.length < transferRecordsMax) chunks.set(to, chunk)
    else {
      send(to, chunk)
      chunks.delete(to)
    }
  }
  for (const [to, chunk] of chunks) send(to, chunk)
}

function onViewActivated(round: Round, epoch: Epoch, context: Context): void {
  if (epoch !== round.view.epoch || round.active) return // R3
  round.active = true
  context.tables.activate(context.now)
  tryOpen(round, context)
}

function onReceived(round: Round, from: NodeId, received: unknown, context: Context): void {
  const message = decodeRecoveryMessage(received)
  if (message === undefined) {
    context.emit({ kind: 'rejected', from, reason: 'not a recovery message' })
    return
  }
  if (message.kind === 'transfer') {
    for (const record of message.records) context.tables.accept(from, record)
    return
  }
  if (message.epoch !== round.view.epoch) return // R3
  switch (message.kind) {
    case 'rebuilt':
      round.rebuilt.add(from)
      tryOpen(round, context)
      break
    case 'opened':
      round.opened.add(from)
      checkHandedOver(round, context)
      break
    default:
      unreachable(message)
  }
}

function tryOpen(round: Round, context: Context): void {
  if (round.open) return
  if (!round.active) return // R2
  if (!everybodyRebuilt(round)) return // R1
  round.open = true
  context.tables.open(context.now)
  context.emit({ kind: 'recovered', epoch: round.view.epoch })
  for (const member of round.view.members) {
    if (!member.eligible && member.id !== round.view.self) {
      const message: RecoveryMessage = { kind: 'opened', epoch: round.view.epoch }
      context.emit({ kind: 'send', to: member.id, message })
    }
  }
  checkHandedOver(round, context)
}

function everybodyRebuilt(round: Round): boolean {
  return round.view.members.every((member) => round.rebuilt.has(member.id))
}

/**
 * A node that hands over may go when all who stay have opened: until then its own tables are the
 * only certain copy of the value blocks that it gave away.
 */
function checkHandedOver(round: Round, context: Context): void {
  const { view, opened } = round
  const self = view.members.find((member) => member.id === view.self)
  if (self === undefined || self.eligible || !round.open) return
  const staying = view.members.filter((member) => member.eligible)
  if (staying.every((member) => opened.has(member.id))) {
    context.emit({ kind: 'handed-over', epoch: view.epoch })
  }
}

function describeRound(round: Round): string | undefined {
  if (round.open) return undefined
  const missing = round.view.members.filter((member) => !round.rebuilt.has(member.id))
  const waits: string[] = []
  if (!round.active) waits.push(`view ${round.view.epoch} to become active`)
  if (missing.length > 0) {
    waits.push(`the locks of ${missing.map((member) => `node ${member.id}`).join(', ')}`)
  }
  return `waits for ${waits.join(' and ')}`
}
