import { type Line, parseLine } from './line.ts'

/** One thing that was checked, and how it came out. */
export interface Finding {
  readonly what: string
  readonly holds: boolean
  /** What was wrong, in short. */
  readonly detail?: string
}

/**
 * Holds the file itself against what the workers said they had written. A line of a worker that was
 * killed before it could say so may be there or not, but only whole and once.
 */
export function judgeFile(text: string, confirmed: readonly Line[]): readonly Finding[] {
  const rows = text.split('\n')
  const rest = rows.pop()
  const lines = rows.map(parseLine)
  const broken = lines.filter((line) => line === undefined).length + (rest === '' ? 0 : 1)
  const found = lines.filter((line) => line !== undefined)
  const seen = new Map<string, number>()
  for (const line of found) seen.set(keyOf(line), (seen.get(keyOf(line)) ?? 0) + 1)
  const lost = confirmed.filter((line) => !seen.has(keyOf(line)))
  const doubled = [...seen].filter(([, count]) => count > 1)
  return [
    finding('every confirmed line is in the file', lost.map(keyOf)),
    finding(
      'no line is there twice',
      doubled.map(([key]) => key),
    ),
    finding('every line is whole', broken === 0 ? [] : [`${broken} broken`]),
    finding('fencing tokens strictly rise', descents(found)),
    finding("each worker's lines are in its order", disorder(found)),
  ]
}

function finding(what: string, faults: readonly string[]): Finding {
  if (faults.length === 0) return { what, holds: true }
  const shown = faults.slice(0, 3).join('; ')
  const more = faults.length > 3 ? ` and ${faults.length - 3} more` : ''
  return { what, holds: false, detail: shown + more }
}

function keyOf({ token, worker, n }: Line): string {
  return `${token} ${worker} ${n}`
}

function descents(lines: readonly Line[]): readonly string[] {
  return lines.flatMap((line, index) => {
    const before = lines[index - 1]
    if (before === undefined || before.token < line.token) return []
    return [`line ${index + 1}: ${line.token} after ${before.token}`]
  })
}

function disorder(lines: readonly Line[]): readonly string[] {
  const last = new Map<string, number>()
  return lines.flatMap(({ worker, n }, index) => {
    const before = last.get(worker) ?? 0
    last.set(worker, n)
    return n === before + 1 ? [] : [`line ${index + 1}: ${worker} wrote ${n} after ${before}`]
  })
}
