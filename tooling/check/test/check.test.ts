import { describe, expect, test } from 'vitest'
import { formatDuration, formatOutput, formatSummary, isGreen } from '../src/report.ts'
import { runStep } from '../src/run-step.ts'
import { runAll } from '../src/schedule.ts'
import type { Step, StepResult, Verdict } from '../src/step.ts'
import { fail, judgeByCount, pass, readNumber } from '../src/step.ts'
import { listSteps, root } from '../src/steps.ts'
import { judgeVitest } from '../src/vitest-report.ts'

function stepOf(name: string, given: Partial<Step> = {}): Step {
  return {
    name,
    title: name,
    command: ['node', '--version'],
    alone: false,
    after: [],
    limitMs: 10_000,
    judge: (end) => (end.ok ? pass('done') : fail('failed')),
    ...given,
  }
}

function resultOf(verdict: Verdict, given: Partial<Step> = {}): StepResult {
  return { step: stepOf('sample', given), verdict, output: '', tookMs: 1 }
}

describe('a step', () => {
  const evidence = { seen: 3, expected: 3, noun: 'files' }

  test('passes when its tool ended well and looked at everything', () => {
    expect(judgeByCount({ ok: true, output: '' }, evidence)).toEqual(pass('3 files'))
  })

  test('fails when its tool failed, whatever it looked at', () => {
    expect(judgeByCount({ ok: false, output: '' }, evidence).failed).toBe(1)
  })

  test.each([
    ['said nothing', { ...evidence, seen: undefined }],
    ['looked at too little', { ...evidence, seen: 2 }],
    ['had nothing to look at', { ...evidence, seen: 0, expected: 0 }],
  ])('fails when its tool ended well but %s', (_, given) => {
    expect(judgeByCount({ ok: true, output: '' }, given).failed).toBe(1)
  })

  test('reads the evidence from the output', () => {
    expect(readNumber('Checked 12 files in 1s', /Checked (\d+) files/)).toBe(12)
    expect(readNumber('nothing', /Checked (\d+) files/)).toBeUndefined()
  })
})

describe('running a step', () => {
  test('gives the output of a program that fails', async () => {
    const step = stepOf('fails', {
      command: ['node', '-e', 'console.error("why"); process.exit(3)'],
    })
    const result = await runStep(step, root)
    expect(result.verdict.failed).toBe(1)
    expect(result.output).toBe('why\n')
  })

  test('fails when the program does not exist', async () => {
    const result = await runStep(stepOf('absent', { command: ['no-such-program'] }), root)
    expect(result.verdict.failed).toBe(1)
  })

  test('stops a program that takes longer than its limit', async () => {
    const command = ['node', '-e', 'setInterval(() => 1, 1000)'] as const
    const result = await runStep(stepOf('hangs', { command, limitMs: 1 }), root)
    expect(result.verdict.note).toMatch(/^stopped/)
  })
})

describe('the schedule', () => {
  /** Runs steps that end when told to, and records how many ran at once and in which order. */
  async function observe(
    steps: readonly Step[],
    failing: readonly string[] = [],
  ): Promise<{ results: readonly StepResult[]; started: string[]; most: number }> {
    const started: string[] = []
    const running = new Set<Step>()
    let most = 0
    const results = await runAll(steps, async (step) => {
      started.push(step.name)
      running.add(step)
      most = Math.max(most, step.alone ? running.size * 10 : running.size)
      await new Promise((resolve) => setImmediate(resolve))
      running.delete(step)
      const verdict = failing.includes(step.name) ? fail('failed') : pass('done')
      return { step, verdict, output: '', tookMs: 0 }
    })
    return { results, started, most }
  }

  test('runs no more than two steps at once, and gives the results in order', async () => {
    const { results, most } = await observe(['a', 'b', 'c', 'd'].map((name) => stepOf(name)))
    expect(most).toBe(2)
    expect(results.map(({ step }) => step.name)).toEqual(['a', 'b', 'c', 'd'])
  })

  test('runs a step alone that asks for it', async () => {
    const steps = [stepOf('a'), stepOf('b', { alone: true }), stepOf('c')]
    const { results, most } = await observe(steps)
    expect(most).toBe(10)
    expect(results).toHaveLength(3)
  })

  test('waits for what a step needs', async () => {
    const steps = [stepOf('package', { after: ['build'] }), stepOf('a'), stepOf('build')]
    const { started } = await observe(steps)
    expect(started.indexOf('package')).toBeGreaterThan(started.indexOf('build'))
  })

  test('does not run a step whose need failed, and counts it as failed', async () => {
    const steps = [stepOf('build'), stepOf('package', { after: ['build'] })]
    const { results, started } = await observe(steps, ['build'])
    expect(started).toEqual(['build'])
    expect(results.map(({ verdict }) => verdict.failed)).toEqual([1, 1])
  })

  test('takes a need that was not asked for as fulfilled', async () => {
    const { started } = await observe([stepOf('package', { after: ['build'] })])
    expect(started).toEqual(['package'])
  })

  test('refuses steps that wait for each other', async () => {
    const circle = [stepOf('a', { after: ['b'] }), stepOf('b', { after: ['a'] })]
    await expect(observe(circle)).rejects.toThrow('circle')
  })
})

describe('the report of the tests', () => {
  const ended = { ok: true, output: '' }
  const report = (passed: number, failed: number, files = 2): string =>
    JSON.stringify({
      numPassedTests: passed,
      numFailedTests: failed,
      numPendingTests: 0,
      numTodoTests: 0,
      testResults: Array.from({ length: files }, () => ({
        status: 'passed',
        assertionResults: [{}],
      })),
    })

  test('counts each test', () => {
    expect(judgeVitest(ended, report(5, 0), 2)).toMatchObject({ passed: 5, failed: 0 })
    expect(judgeVitest({ ...ended, ok: false }, report(5, 2), 2)).toMatchObject({ failed: 2 })
  })

  test.each([
    ['there is none', undefined],
    ['it is another kind of file', '{}'],
    ['no test ran', report(0, 0)],
    ['a test file did not run', report(5, 0, 1)],
  ])('is a failure when %s', (_, text) => {
    expect(judgeVitest(ended, text, 2).failed).toBe(1)
  })

  test('counts a file that does not load as one failure more', () => {
    const files = [
      { status: 'failed', assertionResults: [{}] },
      { status: 'failed', assertionResults: [] },
    ]
    const text = JSON.stringify({ ...JSON.parse(report(5, 1)), testResults: files })
    expect(judgeVitest({ ...ended, ok: false }, text, 2)).toMatchObject({ passed: 5, failed: 2 })
  })

  test('is a failure when only the exit code tells of an error', () => {
    expect(judgeVitest({ ...ended, ok: false }, report(5, 0), 2)).toMatchObject({ failed: 1 })
  })
})

describe('the closing lines', () => {
  test('end with the two sums and nothing else', () => {
    const results = [resultOf({ passed: 40, failed: 2, note: '' }), resultOf(pass(''))]
    expect(formatSummary(results, 1000).split('\n').at(-1)).toBe('41 passed, 2 failed')
    expect(isGreen(results)).toBe(false)
    expect(isGreen([resultOf(pass(''))])).toBe(true)
    expect(isGreen([])).toBe(false)
  })

  test('leave out the noise of a tool', () => {
    const result = { ...resultOf(fail(''), { noise: /^\// }), output: '/a.ts\nwrong\n' }
    expect(formatOutput(result)).toBe('    wrong')
  })

  test('give short and long durations in words', () => {
    expect(formatDuration(1234)).toBe('1.2 s')
    expect(formatDuration(61_000)).toBe('1 min 1 s')
  })
})

test('the list of steps has each name once, and needs only what stands before', () => {
  const names = listSteps().map((step) => step.name)
  expect(new Set(names).size).toBe(names.length)
  for (const step of listSteps()) {
    const before = names.slice(0, names.indexOf(step.name))
    expect(before).toEqual(expect.arrayContaining([...step.after]))
  }
})
