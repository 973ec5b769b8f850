import type { Step } from './workload.ts'

/** Leaves out what is not needed for a fault: steps in ever smaller pieces, then single terms of calls. */
export function shorten(
  steps: readonly Step[],
  fails: (steps: readonly Step[]) => boolean,
): readonly Step[] {
  let kept = steps
  for (;;) {
    const shorter = withoutTerms(withoutPieces(kept, fails), fails)
    if (JSON.stringify(shorter, bigintsInWords) === JSON.stringify(kept, bigintsInWords))
      return kept
    kept = shorter
  }
}

function withoutPieces(
  steps: readonly Step[],
  fails: (steps: readonly Step[]) => boolean,
): readonly Step[] {
  let kept = steps
  for (let size = Math.ceil(kept.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let start = 0; start < kept.length; ) {
      const without = [...kept.slice(0, start), ...kept.slice(start + size)]
      if (fails(without)) kept = without
      else start += size
    }
  }
  return kept
}

/** What a call can be without: flags are turned off, what is optional goes. */
const needed = ['kind', 'lock', 'resource', 'mode']

function withoutTerms(
  steps: readonly Step[],
  fails: (steps: readonly Step[]) => boolean,
): readonly Step[] {
  const kept = [...steps]
  for (const [place, step] of steps.entries()) {
    if (step.kind !== 'call') continue
    for (const [name, value] of Object.entries(step.call)) {
      if (needed.includes(name) || value === false) continue
      const before = kept[place] as typeof step
      const { [name as never]: _, ...rest } = before.call as Record<string, unknown>
      const call = value === true ? { ...rest, [name]: false } : rest
      kept[place] = { ...before, call } as Step
      if (!fails(kept)) kept[place] = before
    }
  }
  return kept
}

function bigintsInWords(_name: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value
}
