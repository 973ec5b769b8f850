/** One program to run, with its arguments. */
export type Command = readonly [program: string, ...args: string[]]

/** What a command left behind. */
export interface CommandEnd {
  readonly ok: boolean
  /** Standard output and standard error, in the order in which they came. */
  readonly output: string
}

/** What a step comes to. A step that is no test runner counts as one test. */
export interface Verdict {
  readonly passed: number
  readonly failed: number
  /** What was done, in a few words: the evidence that the step did work at all. */
  readonly note: string
}

/** One gate of the house. */
export interface Step {
  readonly name: string
  readonly title: string
  readonly command: Command
  /** True when the step keeps all processors busy by itself. */
  readonly alone: boolean
  /** Steps whose success this one needs. */
  readonly after: readonly string[]
  /** Milliseconds after which the step is stopped and has failed. */
  readonly limitMs: number
  /** Lines of the output that are evidence for us and noise for a reader. */
  readonly noise?: RegExp
  judge(end: CommandEnd): Verdict
}

export interface StepResult {
  readonly step: Step
  readonly verdict: Verdict
  readonly output: string
  readonly tookMs: number
}

export const pass = (note: string): Verdict => ({ passed: 1, failed: 0, note })
export const fail = (note: string): Verdict => ({ passed: 0, failed: 1, note })

/**
 * Judges by the exit code, and by evidence: a step that ends well without having looked at what
 * there is to look at has failed. A gate that checks nothing is the most expensive kind of green.
 */
export function judgeByCount(end: CommandEnd, evidence: Evidence): Verdict {
  if (!end.ok) return fail('failed')
  const { seen, expected, noun } = evidence
  if (seen === undefined) return fail(`did not say how many ${noun} it looked at`)
  if (expected === 0) return fail(`there are no ${noun} to look at`)
  if (seen < expected) return fail(`looked at ${seen} ${noun} of ${expected}`)
  return pass(`${seen} ${noun}`)
}

export interface Evidence {
  /** What the tool says that it looked at. */
  readonly seen: number | undefined
  /** The least that must have been looked at, counted by ourselves. */
  readonly expected: number
  readonly noun: string
}

/** The number that a pattern's first group finds in a tool's output. */
export function readNumber(output: string, pattern: RegExp): number | undefined {
  const digits = pattern.exec(output)?.[1]
  return digits === undefined ? undefined : Number(digits)
}
