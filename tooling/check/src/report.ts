import { stripVTControlCharacters, styleText } from 'node:util'
import type { StepResult } from './step.ts'

type Colour = Parameters<typeof styleText>[0]

/** Colours only what goes to a terminal, and not when NO_COLOR is set. */
function paint(colour: Colour, text: string): string {
  return styleText(colour, text, { stream: process.stdout })
}

export function formatDuration(durationMs: number): string {
  const seconds = durationMs / 1000
  if (seconds < 60) return `${seconds.toFixed(1)} s`
  return `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`
}

/** The line that says how a step ended. */
export function formatProgress(result: StepResult): string {
  const { step, verdict, tookMs } = result
  const sign = verdict.failed === 0 ? paint('green', '✓') : paint('red', '✗')
  const name = step.name.padEnd(11)
  const took = formatDuration(tookMs).padStart(11)
  return `${sign} ${name} ${took}   ${paint('dim', `${step.title}:`)} ${verdict.note}`
}

/** What a step wrote, set apart from our own lines. */
export function formatOutput(result: StepResult): string {
  const { noise } = result.step
  const lines = stripVTControlCharacters(result.output).trimEnd().split('\n')
  return lines
    .filter((line) => noise?.test(line) !== true)
    .map((line) => `    ${line}`)
    .join('\n')
}

/** The closing lines. The last one is for machines too, so it is never painted. */
export function formatSummary(results: readonly StepResult[], tookMs: number): string {
  const broken = results.filter(({ verdict }) => verdict.failed > 0)
  const passed = results.reduce((sum, { verdict }) => sum + verdict.passed, 0)
  const failed = results.reduce((sum, { verdict }) => sum + verdict.failed, 0)
  const noun = results.length === 1 ? 'step' : 'steps'
  const steps = `${results.length} ${noun} in ${formatDuration(tookMs)}`
  const names = broken.map(({ step }) => step.name).join(', ')
  const state = broken.length === 0 ? paint('green', 'all green') : paint('red', `red: ${names}`)
  return `\n${steps}, ${state}\n${passed} passed, ${failed} failed`
}

/** The exit code: nothing failed, and something passed. */
export function isGreen(results: readonly StepResult[]): boolean {
  return results.length > 0 && results.every(({ verdict }) => verdict.failed === 0)
}
