// examples/token-ring.ts
import type { Instant, Machine } from '@holdfast/primitives'
import { createSimulation, cutOneWay, type Program } from '@holdfast/simulator'

// Three machines pass one token round. A pass is repeated until it is acknowledged, because packets
// get lost; so a receiver must know a repeat when it sees one. `careful: false` forgets that.
type Packet = { readonly kind: 'pass' | 'got'; readonly turn: number }
type Input = { readonly kind: 'tick' } | ({ readonly from: string } & Packet)
type Output = { readonly to: string; readonly packet: Packet }
interface Ring extends Machine<Input, Output> {
  readonly holds: boolean
}

const names = ['a', 'b', 'c']

function createRing(self: string, careful: boolean, start: Instant): Ring {
  const next = names[(names.indexOf(self) + 1) % names.length] as string
  let turn = self === 'a' ? 1 : 0
  let holds = self === 'a'
  let deadline: Instant | undefined = holds ? start + 10 : undefined
  let outputs: Output[] = []
  const onTick = (now: Instant): void => {
    holds = false
    outputs.push({ to: next, packet: { kind: 'pass', turn: turn + 1 } })
    deadline = now + 15
  }
  const onPass = (from: string, pass: number, now: Instant): void => {
    outputs.push({ to: from, packet: { kind: 'got', turn: pass } })
    if (careful && pass <= turn) return
    turn = pass
    holds = true
    deadline = now + 10
  }
  return {
    handle(input, now) {
      if (input.kind === 'tick') onTick(now)
      else if (input.kind === 'pass') onPass(input.from, input.turn, now)
      else if (!holds && input.turn === turn + 1) deadline = undefined
    },
    drain() {
      const drained = outputs
      outputs = []
      return drained
    },
    deadline: () => deadline,
    get holds(): boolean {
      return holds
    },
  }
}

/** Runs one world for ten virtual seconds; returns what went wrong, if anything did. */
export function playRing(seed: number, careful: boolean): string | undefined {
  const program: Program<Input, Output, Packet, Ring> = {
    create: ({ node, now }) => createRing(node, careful, now),
    effect: ({ to, packet }) => ({ kind: 'send', to, packets: [packet] }),
    tick: () => ({ kind: 'tick' }),
    received: (from, packet) => [{ ...packet, from: from.node }],
    stored: () => ({ kind: 'tick' }),
    storeFailed: () => ({ kind: 'tick' }),
  }
  let fault: string | undefined
  const simulation = createSimulation({
    seed,
    nodes: names.map((name) => ({ name })),
    program,
    observer: {
      onTurn() {
        const holders = simulation.nodes.filter((node) => node.machine?.holds)
        if (holders.length < 2) return
        fault ??= `${holders.map((node) => node.name).join(' and ')} hold the token at once`
      },
    },
  })
  for (const node of simulation.nodes) node.start()
  // At a moment that the seed chooses, one link loses everything in one direction for a while.
  const faults = simulation.random('faults')
  const from = faults.pick(names)
  const to = faults.pick(names)
  simulation.at(faults.below(8_000), () => {
    const heal = simulation.network.install(cutOneWay([from], [to]))
    simulation.after(faults.below(100), heal)
  })
  simulation.run(10_000)
  return fault
}
