import { createRandom, type Random } from '@holdfast/primitives'
import { noteOf } from '../../src/mastery/move.ts'
import { keyOf } from '../../src/resource-key.ts'
import type { Process } from '../harness/cluster.ts'

export interface MoveScene {
  readonly names: readonly string[]
  readonly nodes: number
  readonly running: readonly Process[]
}

/** Mostly from the node that is the master, as it would propose; now and then of an older time. */
export function drawMoves(random: Random, { names, nodes, running }: MoveScene): readonly string[] {
  const moves: string[] = []
  while (random.chance(2, 5)) {
    const name = random.pick(names)
    const master = running.find(({ engine }) =>
      engine.locks(100).some(({ resource }) => resource.name === name),
    )
    const anyNode = 1 + random.below(nodes + 1)
    const from = random.chance(1, 6) ? anyNode : (master?.id ?? anyNode)
    const to = 1 + random.below(nodes + 1)
    moves.push(noteOf({ key: keyOf({ space: 'test', name }), from, to }))
  }
  return moves
}

/** The same for one start of a node all its life. */
export function weightOf(seed: number | string, serial: number): number {
  return createRandom(`${seed}/weight ${serial}`).pick([0, 1, 1, 1, 1, 3])
}
