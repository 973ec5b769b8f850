import type { Fault } from './duel.ts'
import { replay } from './duel.ts'
import { shorten } from './shorten.ts'
import type { Shape } from './workload.ts'

/** The seed of a fault, the fewest steps that still show one, and what was heard after each. */
export function describeFault(shape: Shape, { steps, message }: Fault): string {
  const short = shorten(steps, (some) => replay(shape, some) !== undefined)
  const lines: string[] = []
  const last = replay(shape, short, (line) => lines.push(line))
  return [`seed ${shape.seed}, ${shape.nodes} nodes`, ...lines, last ?? message].join('\n')
}
