import type { Step, StepResult } from './step.ts'
import { fail } from './step.ts'

/** How many steps run at once: the house is built for two processors. */
const lanes = 2

/** Runs all steps, two at a time where they allow it, and gives the results in their order. */
export async function runAll(
  steps: readonly Step[],
  run: (step: Step) => Promise<StepResult>,
): Promise<readonly StepResult[]> {
  const results = new Map<Step, StepResult>()
  const running = new Map<Step, Promise<Step>>()
  const waiting = new Set(steps)
  const settle = async (step: Step): Promise<Step> => {
    const broken = brokenNeed(step, steps, results)
    results.set(step, broken === undefined ? await run(step) : notRun(step, broken))
    return step
  }
  while (waiting.size > 0 || running.size > 0) {
    for (const step of waiting) {
      if (!mayStart(step, [...running.keys()]) || needsOpen(step, steps, results)) continue
      waiting.delete(step)
      running.set(step, settle(step))
    }
    if (running.size === 0) throw new Error('the steps wait for each other in a circle')
    running.delete(await Promise.race(running.values()))
  }
  return steps.map((step) => results.get(step)).filter((result) => result !== undefined)
}

function mayStart(step: Step, running: readonly Step[]): boolean {
  if (running.some((other) => other.alone)) return false
  return step.alone ? running.length === 0 : running.length < lanes
}

/** A need that was not asked for in this run is taken for fulfilled. */
function needsOf(step: Step, steps: readonly Step[]): readonly Step[] {
  return steps.filter((other) => step.after.includes(other.name))
}

function needsOpen(
  step: Step,
  steps: readonly Step[],
  results: ReadonlyMap<Step, StepResult>,
): boolean {
  return needsOf(step, steps).some((need) => !results.has(need))
}

function brokenNeed(
  step: Step,
  steps: readonly Step[],
  results: ReadonlyMap<Step, StepResult>,
): Step | undefined {
  return needsOf(step, steps).find((need) => results.get(need)?.verdict.failed !== 0)
}

function notRun(step: Step, broken: Step): StepResult {
  return { step, verdict: fail(`not run, because ${broken.name} failed`), output: '', tookMs: 0 }
}
