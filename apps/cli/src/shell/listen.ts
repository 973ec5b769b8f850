import { setTimeout as delay } from 'node:timers/promises'
import type { Step } from './commands.ts'
import type { Ear } from './heard.ts'
import { streamOf, writeSubject } from './outcome.ts'
import { type Compared, compare, isAllMet } from './unmet.ts'

/** Steps that listen. */
export type ListenStep = Extract<Step, { kind: 'wait' | 'expect' | 'expect-nothing' | 'sleep' }>

/** An expectation that was not met. */
export class Unmet extends Error {
  override readonly name = 'Unmet'
  readonly compared: readonly Compared[]

  constructor(sentence: string, compared: readonly Compared[]) {
    super(sentence)
    this.compared = compared
  }
}

export interface Listening {
  readonly ear: Ear
  /** For `expect`: its words beyond the outcome. */
  readonly words: ReadonlyMap<string, string>
  readonly signal: AbortSignal
}

/** Rejects with `Unmet`, or with the reason of the signal. */
export async function listen(step: ListenStep, { ear, words, signal }: Listening): Promise<void> {
  if (step.kind === 'sleep') {
    await delay(step.forMs, undefined, { signal })
    return
  }
  if (step.kind === 'expect-nothing') {
    const heard = await ear.any(step.of, { ms: step.forMs, signal })
    if (heard === undefined) return
    const compared = compare({ outcomes: ['nothing'], words }, heard)
    throw new Unmet(`heard ${writeSubject(heard.of)} where nothing was expected`, compared)
  }
  const outcomes = step.kind === 'expect' ? [step.outcome] : (step.outcomes ?? [])
  const [first = 'granted'] = outcomes
  const heard = await ear.next(step.of, streamOf(first), { ms: step.withinMs, signal })
  const compared = compare({ outcomes, words }, heard)
  if (isAllMet(compared)) return
  const what = heard === undefined ? `nothing within ${step.withinMs} ms` : 'something else'
  throw new Unmet(`heard ${what} of ${writeSubject(step.of)}`, compared)
}
