import type { Fault } from './duel.ts'
import { replay } from './duel.ts'
import { shorten } from './shorten.ts'
import type { Shape, Step, UnnumberedCall } from './workload.ts'

/** The seed of a fault, the fewest steps that still show one, and what was heard after each. */
export function describeFault(shape: Shape, { steps, message }: Fault): string {
  const kind = kindOf(message)
  const fails = (some: readonly Step[]): boolean => kindOf(replay(shape, some) ?? '') === kind
  const fewer = withoutTerms(shorten(steps, fails), fails)
  const short = shorten(fewer, fails)
  const lines: string[] = []
  const last = replay(shape, short, (line) => lines.push(line))
  return [`seed ${shape.seed}, ${shape.nodes} nodes`, ...lines, last ?? message].join('\n')
}

/** Faults that differ in no more than numbers are taken for one: otherwise a run is cut to another fault. */
function kindOf(message: string): string {
  return message.replaceAll(/"[^"]*"|\d+/g, '').replaceAll(/\s+/g, ' ')
}

/** What a call cannot be without. */
const needed = ['kind', 'lock', 'resource', 'mode']

/** Flags that are not needed are turned off, and what is optional goes. */
function withoutTerms(
  steps: readonly Step[],
  fails: (steps: readonly Step[]) => boolean,
): readonly Step[] {
  const kept = [...steps]
  for (const [place, step] of steps.entries()) {
    const terms = step.kind === 'call' ? Object.entries(step.call) : []
    for (const [name, value] of terms) {
      const before = kept[place] as Extract<Step, { kind: 'call' }>
      if (needed.includes(name) || value === false) continue
      const { [name]: _, ...rest } = before.call as unknown as Record<string, unknown>
      const call = value === true ? { ...rest, [name]: false } : rest
      kept[place] = { ...before, call: call as unknown as UnnumberedCall }
      if (!fails(kept)) kept[place] = before
    }
  }
  return kept
}
