/**
 * Reads the tables of all masters, as nobody in the cluster can: what they are at one moment. Only
 * when some call has waited for so long that the deadlock search may look at it, since reading is slow.
 */
import type { NodeInput, NodeOutput, Packet } from '@holdfast/node/machine'
import type { Instant } from '@holdfast/primitives'
import type { CallFact, EventFact, WaitsFact } from '../facts.ts'
import type { WorldNode } from '../world-node.ts'
import { KnownLocks } from './known-locks.ts'
import { readWaits } from './read-waits.ts'

/** Below the shortest time after which the search looks at a call, by any clock. */
const QUIET_MS = 40

export class Onlooker {
  readonly locks = new KnownLocks()
  readonly #tell: (fact: WaitsFact) => void
  readonly #now: () => Instant
  /** Nodes whose tables may have changed since they were read. */
  readonly #changed = new Set<WorldNode>()

  constructor(setup: { readonly now: () => Instant; readonly tell: (fact: WaitsFact) => void }) {
    this.#now = setup.now
    this.#tell = setup.tell
  }

  onCall(fact: CallFact): void {
    this.locks.onCall(fact)
  }

  onEvent(fact: EventFact): void {
    this.locks.onEvent(fact)
  }

  beforeTurn(): void {
    if (this.#changed.size > 0 && this.#isTime) this.read()
  }

  afterTurn(node: WorldNode, input: NodeInput): void {
    if (mayQueue(input)) this.#changed.add(node)
    if (this.#changed.size > 0 && this.#isTime) this.read()
  }

  /** A turn of time alone changes the tables only when somebody hears of it. */
  onOutput(node: WorldNode, output: NodeOutput): void {
    if (output.kind === 'session' || (output.kind === 'send' && carriesMessages(output.packet))) {
      this.#changed.add(node)
    }
  }

  read(): void {
    for (const node of this.#changed) {
      const { incarnation } = node
      if (incarnation === undefined || node.machine === undefined) continue
      const process = { node: node.name, incarnation }
      this.#tell({ at: this.#now(), process, waits: readWaits(node, this.locks) })
    }
    this.#changed.clear()
  }

  onEnd(node: WorldNode): void {
    this.#changed.delete(node)
    const { incarnation } = node
    if (incarnation !== undefined) this.locks.onEnd(incarnation)
  }

  get #isTime(): boolean {
    const { oldest } = this.locks
    return oldest !== undefined && this.#now() - oldest > QUIET_MS
  }
}

function mayQueue(input: NodeInput): boolean {
  if (input.kind === 'packet') return carriesMessages(input.packet)
  if (input.kind === 'session-call') return input.call.kind !== 'ping'
  return input.kind === 'session-gone'
}

function carriesMessages({ link }: Packet): boolean {
  return link !== undefined && link.messages.length > 0
}
