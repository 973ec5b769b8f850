import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type PlayCluster, type Running, startPlayCluster } from './play-cluster.ts'

const holderFile = new URL('./holder.ts', import.meta.url)
let cluster: PlayCluster
const node = process.execPath

beforeAll(async () => {
  cluster = await startPlayCluster({ nodes: 1, sessionLeaseMs: 2_000 })
})
afterAll(() => cluster.end())

const run = (...args: string[]): Running => cluster.holdfast(['run', ...args])

/** By a signal that it passes on: a command whose `holdfast run` is killed would go on alone. */
async function endOf({ child, ended }: Running): Promise<void> {
  child.kill('SIGTERM')
  await ended
}

describe('holdfast run', () => {
  test('gives the command the name and the token, its input and its output', async () => {
    const script = `process.stdin.pipe(process.stdout); console.log(process.env.HOLDFAST_LOCK, process.env.HOLDFAST_TOKEN)`
    const running = run('env', '--', node, '-e', script)
    running.child.stdin?.end('typed')
    const { code, stdout } = await running.ended
    expect(code).toBe(0)
    expect(stdout).toMatch(/^env \d+\ntyped$/)
  })

  test('ends with 64 and one sentence for a wrong call, before anything is locked', async () => {
    const wrongCalls = [
      [['', '--', 'true'], 'the lock "" is no name: a name has 1 to 255 bytes, this one 0'],
      [['x'.repeat(256), '--', 'true'], 'is no name: a name has 1 to 255 bytes, this one 256'],
      [['--space', '', 'x', '--', 'true'], '--space "" is no name: a name has 1 to 255 bytes'],
      [['-w', '1', '-n', 'x', '--', 'true'], '-w and -n do not go together: give one of them'],
    ] as const
    for (const [args, sentence] of wrongCalls) {
      const { code, stderr } = await run(...args).ended
      expect([code, stderr.trim().split('\n')]).toEqual([64, [expect.stringContaining(sentence)]])
    }
  })

  test('takes its own flags before the separator, and passes the others to the command', async () => {
    const { stdout } = await run('flags', '-m', 'PR', '--', node, '-p', '7 * 6').ended
    expect(stdout).toBe('42\n')
  })

  test("ends with the command's exit code", async () => {
    expect((await run('code', '--', node, '-e', 'process.exit(3)').ended).code).toBe(3)
  })

  test('ends with 128 and the number of the signal that ended the command', async () => {
    const script = 'process.kill(process.pid, "SIGKILL")'
    expect((await run('killed', '--', node, '-e', script).ended).code).toBe(137)
  })

  test('ends with 127 when there is no such command', async () => {
    expect((await run('none', '--', 'no-such-command-here').ended).code).toBe(127)
  })

  test('passes signals on', async () => {
    const script = `process.on('SIGTERM', () => process.exit(7)); console.log('up'); setInterval(() => {}, 1e3)`
    const running = run('signal', '--', node, '-e', script)
    await running.said('up')
    running.child.kill('SIGTERM')
    expect((await running.ended).code).toBe(7)
  })

  test('ends with 75 when the lock is busy and it was asked not to wait, or not that long', async () => {
    const holder = run('busy', '--', node, '-e', `console.log('up'); setInterval(() => {}, 1e3)`)
    await holder.said('up')
    const atOnce = await run('-n', 'busy', '--', node, '-e', '').ended
    expect(atOnce.stderr).toBe(
      'holdfast: busy is busy; `holdfast locks --resource busy` shows who has it\n',
    )
    const later = await run('-w', '200ms', 'busy', '--', node, '-e', '').ended
    await endOf(holder)
    expect([atOnce.code, later.code]).toEqual([75, 75])
  })

  test('lets readers in together', async () => {
    const reader = run(
      '-m',
      'PR',
      'shared',
      '--',
      node,
      '-e',
      `console.log('up'); setInterval(() => {}, 1e3)`,
    )
    await reader.said('up')
    const other = await run('-n', '-m', 'PR', 'shared', '--', node, '-e', '').ended
    await endOf(reader)
    expect(other.code).toBe(0)
  })

  test('a signal ends the wait', async () => {
    const holder = run('wait', '--', node, '-e', `console.log('up'); setInterval(() => {}, 1e3)`)
    await holder.said('up')
    const waiting = run('wait', '--', node, '-e', '')
    const { locks } = await listWaiting(waiting)
    expect(locks).toBeGreaterThan(0)
    waiting.child.kill('SIGINT')
    expect((await waiting.ended).code).toBe(130)
    await endOf(holder)
  })

  test('ends with 64 for a wrong call and 69 when nobody answers', async () => {
    const nobody = { HOLDFAST_ADDRESS: 'ws://127.0.0.1:9' }
    const away = cluster.holdfast(['run', 'a', '--', node, '-e', ''], nobody)
    const codes = await Promise.all([
      run('--mode', 'XX', 'a', '--', node).ended,
      run('--no-such-flag', 'a', '--', node).ended,
      run('only-a-name').ended,
      run('-w', 'soon', 'a', '--', node).ended,
      away.ended,
    ])
    expect(codes.map(({ code }) => code)).toEqual([64, 64, 64, 64, 69])
  })

  test('the example of the README appends under a token, and turns an older one away', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-fenced-'))
    const file = join(folder, 'journal')
    const example = fileURLToPath(new URL('../examples/fenced-append.ts', import.meta.url))
    const first = await run('journal', '--', node, example, file, 'one').ended
    await writeFile(`${file}.fence`, String(2n ** 62n))
    const late = await run('journal', '--', node, example, file, 'two').ended
    expect([first.code, late.code]).toEqual([0, 1])
    expect(await readFile(file, 'utf8')).toBe('one\n')
    await rm(folder, { recursive: true })
  })

  /** Waits until somebody waits for `wait`; gives how many. */
  async function listWaiting(running: { ended: Promise<unknown> }): Promise<{ locks: number }> {
    await using session = await cluster.connect()
    let over = false
    void running.ended.then(() => {
      over = true
    })
    while (!over) {
      const all = await session.locks()
      const waiting = all.filter(
        ({ resource, queue }) => resource.name === 'wait' && queue === 'waiting',
      )
      if (waiting.length > 0) return { locks: waiting.length }
    }
    return { locks: 0 }
  }
})

describe('the cluster seen from the command line', () => {
  test('members and locks tell what there is, to people and to programs', async () => {
    const holder = cluster.script(holderFile, ['seen'])
    await holder.said('held')
    const people = await cluster.holdfast(['members']).ended
    expect(people.stdout).toMatch(/^NODE +ID +STATE +VOTES +ADDRESS\nn1#1 +1 +member +1 +ws:/)
    const shown = await cluster.holdfast(['locks', '--space', 'test']).ended
    expect(shown.stdout).toMatch(/test\/seen +n1 +granted +EX +n1\/\d+#\d+ /)
    const programs = await cluster.holdfast(['locks', '--json']).ended
    expect(JSON.parse(programs.stdout)).toMatchObject({
      locks: [{ resource: { space: 'test', name: 'seen' }, master: 'n1', granted: 'EX' }],
    })
    holder.child.kill('SIGKILL')
  })
})

describe('a lock that is lost ends the command', () => {
  const stubborn = `process.on('SIGTERM', () => console.log('asked')); console.log('up'); setInterval(() => {}, 1e3)`

  test('when the node stands still and nobody says a word: by the own deadline', async () => {
    const running = run('--grace', '300ms', 'stopped', '--', node, '-e', stubborn)
    await running.said('up')
    cluster.nodes.get('n1')?.kill('SIGSTOP')
    const { code, stdout } = await running.ended
    cluster.nodes.get('n1')?.kill('SIGCONT')
    expect(code).toBe(76)
    expect(stdout).toContain('asked')
  })

  test('when the node is killed', async () => {
    await cluster.gathered(['n1'])
    const running = run('--grace', '300ms', 'killed', '--', node, '-e', stubborn)
    await running.said('up')
    cluster.nodes.get('n1')?.kill('SIGKILL')
    const { code, stdout, stderr } = await running.ended
    expect(code).toBe(76)
    expect(stdout).toContain('asked')
    expect(stderr).toContain('lost')
  })
})
