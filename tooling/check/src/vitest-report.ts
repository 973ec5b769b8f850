import type { CommandEnd, Verdict } from './step.ts'
import { fail } from './step.ts'

/** The part of Vitest's JSON report that the gate reads. */
interface Report {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numPendingTests: number
  readonly numTodoTests: number
  readonly testResults: readonly FileReport[]
}

interface FileReport {
  readonly status: string
  readonly assertionResults: readonly unknown[]
}

/** Judges a run by its report; `files` is how many test files there are. */
export function judgeVitest(end: CommandEnd, text: string | undefined, files: number): Verdict {
  const report = text === undefined ? undefined : readReport(text)
  if (report === undefined) return fail('wrote no report')
  const { numPassedTests: passed } = report
  // A file that does not load has no test that could fail; it counts as one.
  const unloaded = report.testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
  )
  const failed = report.numFailedTests + unloaded.length
  const silent = report.numPendingTests + report.numTodoTests
  const ran = report.testResults.length
  const note = `${ran} files${silent === 0 ? '' : `, ${silent} tests did not run`}`
  if (passed + failed === 0) return fail('ran no test')
  if (ran < files) return { passed, failed: failed + 1, note: `ran ${ran} files of ${files}` }
  // An error outside every test shows in the exit code only.
  if (!end.ok && failed === 0) return { passed, failed: 1, note: `${note}, an error outside tests` }
  return { passed, failed, note }
}

function readReport(text: string): Report | undefined {
  const report: unknown = JSON.parse(text)
  return isReport(report) ? report : undefined
}

function isReport(value: unknown): value is Report {
  if (typeof value !== 'object' || value === null) return false
  const counts = ['numPassedTests', 'numFailedTests', 'numPendingTests', 'numTodoTests']
  const fields = new Map<string, unknown>(Object.entries(value))
  return (
    counts.every((count) => typeof fields.get(count) === 'number') &&
    Array.isArray(fields.get('testResults'))
  )
}
