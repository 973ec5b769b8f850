import type { Wait } from '../adapter/opening.ts'
import type { PeerIdentity, Transport, TransportLimits } from '../transport.ts'
import {
  createMemoryTransport,
  type MemoryListeners,
  type MemoryTransport,
} from './memory-transport.ts'
import type { MemoryRule, MemoryWires } from './memory-wires.ts'

export interface MemoryNetworkOptions {
  /** Default: every frame arrives once, in order. */
  readonly rule?: MemoryRule
  /** Runs a task later, never inside the call. Default: `setImmediate`. */
  readonly defer?: (task: () => void) => void
  /** For handshakes that are never answered. Default: the timer of the process. */
  readonly wait?: Wait
}

/** Transports that reach one another inside one process. Each network is a world of its own. */
export interface MemoryNetwork {
  transport(identity: PeerIdentity, limits?: Partial<TransportLimits>): Transport
  /** From now on frames go by this rule. */
  setRule(rule: MemoryRule): void
}

interface Task {
  readonly turn: number
  readonly run: () => void
}

export function createMemoryNetwork(options: MemoryNetworkOptions = {}): MemoryNetwork {
  const defer = options.defer ?? ((task) => void setImmediate(task))
  const listeners = new Map<string, MemoryTransport>()
  let rule: MemoryRule = options.rule ?? (() => [0])
  let addresses = 0
  let turn = 0
  let tasks: Task[] = []

  /** A turn runs the tasks that are due when it begins, in the order in which they were posted. */
  const runTurn = (): void => {
    turn += 1
    const due = tasks.filter((task) => task.turn <= turn)
    tasks = tasks.filter((task) => task.turn > turn)
    if (tasks.length > 0) defer(runTurn)
    for (const task of due) task.run()
  }
  const post = (delay: number, run: () => void): void => {
    if (tasks.length === 0) defer(runTurn)
    tasks.push({ turn: turn + 1 + delay, run })
  }

  const wires: MemoryWires = {
    wait: options.wait,
    next: (task) => post(0, task),
    carry(frame, arrive) {
      for (const delay of rule(frame)) post(delay, arrive)
    },
  }
  const names: MemoryListeners = {
    register(transport) {
      addresses += 1
      const address = `memory:${addresses}`
      listeners.set(address, transport)
      return address
    },
    unregister: (address) => void listeners.delete(address),
    at: (address) => listeners.get(address),
  }
  return {
    transport: (identity, limits) =>
      createMemoryTransport({ wires, listeners: names }, identity, limits),
    setRule(next) {
      rule = next
    },
  }
}
