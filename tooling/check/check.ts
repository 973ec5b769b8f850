// Runs the gates of the house: `node tooling/check/check.ts [--only a,b] [--verbose] [--list]`.
// Nothing is imported but Node.js itself, so that the gates run before anything else works.
import { parseArgs } from 'node:util'
import { formatOutput, formatProgress, formatSummary, isGreen } from './src/report.ts'
import { runStep, stopAll } from './src/run-step.ts'
import { runAll } from './src/schedule.ts'
import type { Step, StepResult } from './src/step.ts'
import { forgetReports, listSteps, root } from './src/steps.ts'

const usage = 'usage: node tooling/check/check.ts [--only name,name] [--verbose] [--list]'

function selectSteps(only: string | undefined): readonly Step[] {
  const steps = listSteps()
  if (only === undefined) return steps
  const names = only.split(',').map((name) => name.trim())
  const unknown = names.filter((name) => !steps.some((step) => step.name === name))
  if (unknown.length > 0) {
    const known = steps.map((step) => step.name).join(', ')
    throw new RangeError(`no step is called ${unknown.join(', ')}; there are ${known}`)
  }
  return steps.filter((step) => names.includes(step.name))
}

async function check(steps: readonly Step[], verbose: boolean): Promise<boolean> {
  forgetReports()
  const startedMs = performance.now()
  const results = await runAll(steps, async (step): Promise<StepResult> => {
    const result = await runStep(step, root)
    console.log(formatProgress(result))
    if (verbose || result.verdict.failed > 0) console.log(formatOutput(result))
    return result
  })
  console.log(formatSummary(results, performance.now() - startedMs))
  return isGreen(results)
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      verbose: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
    },
  })
  const steps = selectSteps(values.only)
  if (!values.list) return (await check(steps, values.verbose)) ? 0 : 1
  for (const step of steps) console.log(`${step.name.padEnd(11)} ${step.title}`)
  return 0
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    stopAll()
    process.exit(130)
  })
}

try {
  process.exitCode = await main()
} catch (error) {
  if (!(error instanceof Error)) throw error
  console.error(`${error.message}\n${usage}`)
  process.exitCode = 2
}
