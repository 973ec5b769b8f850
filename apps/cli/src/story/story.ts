import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { EXIT } from '../exit-code.ts'
import { findFreePorts } from '../processes/free-ports.ts'
import { createHousehold } from '../processes/household.ts'
import { paintFor } from '../terminal.ts'
import { type Cast, createCast } from './cast.ts'
import { createLedger, type Ledger } from './ledger.ts'
import { judge, play, type Stage } from './plot.ts'
import { createScreen, type Screen } from './screen.ts'
import type { WorkerNews } from './worker-messages.ts'

export interface StoryOptions {
  /** Ends after one play, with an exit code that says whether every check held. */
  readonly once: boolean
  /** The first port that is tried. */
  readonly port: number
  /** The file of the `holdfast` command. */
  readonly command: string
}

const NODES = 3

/** Tells the story. Resolves with the exit code; leaves no process and no file behind. */
export async function story({ once, port, command }: StoryOptions): Promise<number> {
  const interruption = new AbortController()
  const interrupt = (): void => interruption.abort(new Error('interrupted'))
  process.on('SIGINT', interrupt)
  process.on('SIGTERM', interrupt)
  const screen = screenOf(performance.now())
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-story-'))
  const ports = await findFreePorts(port, NODES)
  if (ports[0] !== port) screen.say(`port ${port} is taken; using ${ports.join(', ')} instead`)
  const ledger = createLedger()
  const desk = createNewsDesk()
  const cast = createCast({
    command,
    folder,
    file: join(folder, 'shared-file'),
    ports,
    household: createHousehold(),
    ledger,
    onWorkerNews: (worker, news) => desk.tell(worker, news),
  })
  screen.watch((columns) => liveLine(cast, ledger, { screen, columns }))
  const { signal } = interruption
  try {
    return await tell({ cast, ledger, screen, nextNews: desk.next, signal }, once, ports)
  } catch (error) {
    if (signal.aborted) return once ? EXIT.interrupted : EXIT.ok
    screen.bad(error instanceof Error ? error.message : String(error))
    return EXIT.failed
  } finally {
    screen.close()
    await cast.end()
    await rm(folder, { recursive: true, force: true })
    process.off('SIGINT', interrupt)
    process.off('SIGTERM', interrupt)
  }
}

function screenOf(startedAt: number): Screen {
  const { paint, isLive } = paintFor(process.stdout, process.env)
  const elapsed = (): number => performance.now() - startedAt
  return createScreen({ stream: process.stdout, paint, isLive, elapsed })
}

async function tell(stage: Stage, once: boolean, ports: readonly number[]): Promise<number> {
  const findings = await race(play(stage), stage.signal)
  const isGood = findings.every(({ holds }) => holds)
  const { screen, cast } = stage
  if (once) return isGood ? EXIT.ok : EXIT.failed
  screen.scene('Now you, in a second terminal')
  for (const line of suggestions(ports)) screen.say(line)
  screen.say('Ctrl-C ends everything that was started here')
  for (const name of ['w4', 'w5']) cast.startWorker(name, 'writer').order({ kind: 'calm' })
  cast.startWorker('r3', 'reader').order({ kind: 'calm' })
  await new Promise((resolve) => stage.signal.addEventListener('abort', resolve))
  screen.scene('The file once more')
  const last = await judge(stage)
  return isGood && last.every(({ holds }) => holds) ? EXIT.ok : EXIT.failed
}

function suggestions(ports: readonly number[]): readonly string[] {
  const holdfast = 'npx -y pnpm@12 holdfast'
  const flags =
    ports[0] === 7400 ? '--cluster story' : `--cluster story --address ws://127.0.0.1:${ports[0]}`
  return [
    `${holdfast} members ${flags}`,
    `${holdfast} locks ${flags}`,
    `${holdfast} run my-lock ${flags} -- sleep 30`,
  ]
}

function liveLine(
  cast: Cast,
  ledger: Ledger,
  { screen: { paint }, columns }: { readonly screen: Screen; readonly columns: number },
): string {
  const live = cast.liveNodes
  const nodes = cast.nodeNames.map((name) =>
    live.includes(name) ? paint.green(`● ${name}`) : paint.red(`○ ${name}`),
  )
  const last = ledger.confirmed.at(-1)
  const written = last === undefined ? '' : `, last by ${last.worker} with token ${last.token}`
  const line = (detail: string): string =>
    `  ${nodes.join('  ')}  ${ledger.confirmed.length} lines${detail}`
  // A line that wraps could not be redrawn.
  const fits = stripVTControlCharacters(line(written)).length < columns
  return line(fits ? written : '')
}

interface NewsDesk {
  tell(worker: string, news: WorkerNews): void
  readonly next: Stage['nextNews']
}

function createNewsDesk(): NewsDesk {
  let waiting: ((worker: string, news: WorkerNews) => boolean)[] = []
  return {
    tell(worker, news) {
      waiting = waiting.filter((take) => !take(worker, news))
    },
    next: (worker, kind) =>
      new Promise((resolve) => {
        waiting.push((by, news) => {
          if (by !== worker || news.kind !== kind) return false
          resolve(news as Extract<WorkerNews, { kind: typeof kind }>)
          return true
        })
      }),
  }
}

/** The promise's outcome, or a rejection as soon as the signal aborts. */
function race<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    promise.then(resolve, reject)
  })
}
