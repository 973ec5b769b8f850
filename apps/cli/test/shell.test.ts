import { globSync } from 'node:fs'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pc from 'picocolors'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { EXIT } from '../src/exit-code.ts'
import { createHistory, HISTORY_MAX, historyPath } from '../src/shell/history.ts'
import { checkScript, runScript } from '../src/shell/script.ts'
import { Shell } from '../src/shell/shell.ts'
import { createTextOutput } from '../src/shell/text-output.ts'
import { type Ended, type PlayCluster, type Running, startPlayCluster } from './play-cluster.ts'

const examples = fileURLToPath(new URL('../examples/', import.meta.url))
let cluster: PlayCluster
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-shell-'))
  cluster = await startPlayCluster({ nodes: 3, sessionLeaseMs: 2_000 })
})
afterAll(async () => {
  await cluster.end()
  await rm(folder, { recursive: true })
})

let spaces = 0

/** Each run has a lockspace of its own. */
function shell(...args: readonly string[]): Running {
  spaces += 1
  return cluster.holdfast(['shell', '--space', `space-${spaces}`, ...args])
}

function typed(lines: readonly string[], ...args: readonly string[]): Promise<Ended> {
  const running = shell(...args)
  running.child.stdin?.end(`${lines.join('\n')}\n`)
  return running.ended
}

async function script(name: string, lines: readonly string[]): Promise<string> {
  const file = join(folder, name)
  await writeFile(file, `${lines.join('\n')}\n`)
  return file
}

interface Ran {
  readonly code: number
  readonly complaints: string
}

/** Runs lines in this process, as to start one takes longer than most scripts do. */
async function run(lines: readonly string[], file = 'script'): Promise<Ran> {
  spaces += 1
  const complaints: string[] = []
  const output = createTextOutput({
    paint: pc.createColors(false),
    print: () => undefined,
    tell: (text) => complaints.push(text),
  })
  const one = new Shell({ access: cluster.access, space: `space-${spaces}`, output })
  const options = { shell: one, output, file }
  const code = checkScript(lines, options) ? await runScript(lines, options) : EXIT.usage
  one.close()
  return { code, complaints: complaints.join('\n') }
}

describe('the examples', () => {
  test.each(globSync('*.hold', { cwd: examples }).toSorted())('%s', async (file) => {
    const lines = (await readFile(join(examples, file), 'utf8')).split('\n')
    expect(await run(lines, file)).toEqual({ code: EXIT.ok, complaints: '' })
  })
})

describe('a script', () => {
  test('opens sessions on the nodes that it names, and shows what is heard', async () => {
    const { code, stdout } = await typed([
      'session a n3',
      'session b n2',
      'a: request x r EX use-value',
      'expect x granted',
      'request y r PR',
      'expect x blocking mode=PR',
      'show',
      'a: query locks',
      'expect a: report locks=2 master=none',
    ])
    expect(code).toBe(0)
    expect(stdout).toMatch(/^a: open on n3 as n3\/\d+$/m)
    expect(stdout).toMatch(/^ {2}x granted mode=EX token=\d+ value="" valid sequence=0$/m)
    expect(stdout).toMatch(/^y +b +space-\d+\/r +request PR$/m)
    expect(stdout).toMatch(/^x +a +space-\d+\/r +EX +PR +\d+$/m)
  })

  test('ends with 65 at the first line that is not met, and tells what was heard', async () => {
    const file = await script('unmet.hold', [
      'session a n1',
      'request x r EX',
      'expect x granted mode=PR token=none',
      'show',
    ])
    const { code, stdout, stderr } = await shell(file).ended
    expect(code).toBe(65)
    expect(stderr.split('\n').slice(0, 3)).toEqual([
      `${file}:3: heard something else of x`,
      '  expect x granted mode=PR token=none',
      '             expected  heard',
    ])
    expect(stderr).toMatch(/^! {3}mode +PR +EX$/m)
    expect(stderr).toMatch(/^! {3}token +none +\d+$/m)
    expect(stdout).not.toContain('show')
  })

  test('ends with 65 when nothing is heard in time, or something where nothing should be', async () => {
    const lines = ['session a n1', 'request x r EX']
    const early = await run([...lines, 'expect x granted', 'wait x blocking within=20ms'])
    expect(early.code).toBe(65)
    expect(early.complaints).toContain('script:4: heard nothing within 20 ms of x')
    const late = await run([...lines, 'expect-nothing 5s'])
    expect(late.code).toBe(65)
    expect(late.complaints).toMatch(/^! {3}outcome +nothing +granted$/m)
  })

  test('ends with 64 before anything is run, with all that is wrong in its form', async () => {
    const file = await script('wrong.hold', ['session a', 'unlok x', '', 'request x r XE'])
    const { code, stdout, stderr } = await shell(file).ended
    expect([code, stdout]).toEqual([64, ''])
    expect(stderr).toContain(`${file}:2:1: no command is called unlok; did you mean unlock?`)
    expect(stderr).toContain(`${file}:4:13: mode: "XE" is not right here`)
  })

  test('ends with 64 at a name that there is not, with 69 where nobody answers', async () => {
    const names = await run(['session a', 'unlock x'])
    expect(names.code).toBe(64)
    expect(names.complaints).toContain('script:2: no lock is called x; there is no lock yet')
    const node = await run(['session a n4'])
    expect(node.code).toBe(64)
    expect(node.complaints).toContain('no node is called n4; did you mean n')
    expect((await run(['session a ws://127.0.0.1:9'])).code).toBe(69)
    expect((await shell('no-such-file').ended).code).toBe(64)
  })
})

describe('the end of the input', () => {
  test('comes after the answers of the calls before it', async () => {
    const { code, stdout } = await typed(['session a n1', 'request x r EX', 'query status'])
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^ {2}x granted mode=EX/m)])
    expect(stdout).toMatch(/^ {2}a: report node=n1/m)
  })

  test('does not wait for them after `quit`, nor for a session that is closed', async () => {
    const lines = ['session a n1', 'request x r EX', 'session b', 'request y r EX']
    const since = performance.now()
    expect((await run([...lines, 'quit'])).code).toBe(0)
    expect((await run([...lines, 'expect x granted', 'a: close', 'b: close'])).code).toBe(0)
    expect(performance.now() - since).toBeLessThan(5_000)
  })
})

describe('the words of the shell', () => {
  test('stand in what the lock manager answers', async () => {
    const { complaints, code } = await run([
      'session a n1',
      'request x r EX',
      'unlock x',
      'unlock x',
      'expect x granted',
      'expect x unlocked',
      'expect x refused reason="there is no lock x in this session"',
      'request y r EX no-queue at-head',
      'expect y refused reason="at-head: nothing is queued with no-queue"',
    ])
    expect([code, complaints]).toEqual([0, ''])
  })

  test('a lock that is gone is not among those that there are', async () => {
    const lines = ['session a n1', 'request x1 r EX', 'expect x1 granted']
    const held = await run([...lines, 'unlock nope'])
    expect(held.complaints).toContain('no lock is called nope; there are x1')
    const gone = await run([...lines, 'unlock x1', 'expect x1 unlocked', 'unlock nope'])
    expect(gone.complaints).toContain('no lock is called nope; there is none any more')
  })

  test('tell in a report what stands below what, which locks are orphans, and no column for nothing', async () => {
    const { stdout } = await typed([
      'session a n1',
      'request p top NL persistent',
      'expect p granted',
      'request c x NL parent=p persistent',
      'request r top/x NL',
      'wait c granted',
      'wait r granted',
      'a: close',
      'session b n1',
      'query locks scope=cluster name=x path=top',
      'wait b: report',
      'query locks scope=cluster name=top/x',
      'wait b: report',
    ])
    expect(stdout).toMatch(/^ +LOCK +RESOURCE +QUEUE +MODE +RANGE +SESSION +MASTER +SINCE$/m)
    expect(stdout).toMatch(/^ +c \(orphan\) +space-\d+\/top > x +granted +NL +n1\/\d+ /m)
  })
})

describe('for programs', () => {
  test('objects go in and come out, a line each', async () => {
    const { code, stdout } = await typed(
      [
        '{"do":"session","session":"a","node":"n2"}',
        '{"do":"request","in":"a","lock":"x","name":"r","mode":"EX","use-value":true}',
        '{"do":"expect","of":"x","outcome":"granted","mode":"EX","valid":true}',
        'unlock x value=hex:00ff',
        '{"do":"wait","of":"x","outcomes":["unlocked"],"within":5000}',
        '{"do":"request","lock":"x","name":"r","mode":"PR","no-queue":true}',
        '{"do":"expect","of":"x","outcome":"denied"}',
      ],
      '--json',
    )
    const out = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(code).toBe(65)
    expect(out).toMatchObject([
      { event: 'opened', line: 1, session: 'a', node: 'n2' },
      { event: 'sent', line: 2, in: 'a', do: 'request', call: expect.any(Number) },
      {
        event: 'heard',
        of: 'x',
        outcome: 'granted',
        call: out[1].call,
        mode: 'EX',
        token: expect.stringMatching(/^\d+$/),
        value: 'hex:',
        valid: true,
        sequence: 0,
      },
      { event: 'met', line: 3 },
      { event: 'sent', line: 4, do: 'unlock' },
      { event: 'heard', of: 'x', outcome: 'unlocked' },
      { event: 'met', line: 5 },
      { event: 'sent', line: 6 },
      { event: 'heard', of: 'x', outcome: 'granted', mode: 'PR' },
      {
        event: 'unmet',
        line: 7,
        expected: { outcome: 'denied' },
        heard: { outcome: 'granted', mode: 'PR' },
      },
    ])
  })

  test('a program can speak and listen in turn', async () => {
    const running = shell('--json')
    const say = (line: object): void => void running.child.stdin?.write(`${JSON.stringify(line)}\n`)
    say({ do: 'session', session: 'a' })
    await running.said('"event":"opened"')
    say({ do: 'request', lock: 'x', name: 'r', mode: 'PR' })
    await running.said('"outcome":"granted"')
    say({ do: 'quit' })
    expect((await running.ended).code).toBe(0)
  })
})

describe('a session that is lost', () => {
  test('is told before the lease is over, and a line that needs it ends with 76', async () => {
    const running = shell()
    running.child.stdin?.write('session a n2\nrequest x r EX\nexpect x granted\n')
    await running.said('  x granted mode=EX')
    cluster.nodes.get('n2')?.kill('SIGSTOP')
    running.child.stdin?.end('wait x lost\nwait a: closed\nconvert x NL\n')
    const { code, stdout, stderr } = await running.ended
    cluster.nodes.get('n2')?.kill('SIGCONT')
    expect(stdout).toMatch(/^ {2}x lost\n {2}a: closed reason=stalled/m)
    expect(code).toBe(76)
    expect(stderr).toContain('session a has ended (stalled); open it again: session a')
    await cluster.gathered(['n1', 'n2', 'n3'])
  })
})

describe('the history', () => {
  test('is kept where only its user can read it, the newest first', async () => {
    const path = historyPath({ XDG_STATE_HOME: folder })
    expect(path).toBe(join(folder, 'holdfast', 'shell-history'))
    const history = createHistory(path)
    expect(await history.load()).toEqual([])
    await history.add('session a')
    await history.add('show')
    expect(await history.load()).toEqual(['show', 'session a'])
    expect((await stat(path)).mode & 0o777).toBe(0o600)
  })

  test('does not grow without an end', async () => {
    const path = join(folder, 'long-history')
    const lines = Array.from({ length: 2 * HISTORY_MAX + 1 }, (_, index) => `line ${index}`)
    await writeFile(path, `${lines.join('\n')}\n`)
    const kept = await createHistory(path).load()
    expect([kept.length, kept[0]]).toEqual([HISTORY_MAX, lines.at(-1)])
    expect((await readFile(path, 'utf8')).trim().split('\n')).toHaveLength(HISTORY_MAX)
  })

  test('that cannot be kept is left out', async () => {
    const history = createHistory(join(folder, 'long-history', 'file-is-no-folder'))
    await history.add('show')
    expect(await history.load()).toEqual([])
    expect(basename(historyPath({}))).toBe('shell-history')
  })
})
