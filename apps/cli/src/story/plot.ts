/**
 * The story: three nodes, workers on one shared file, two murders and a return. It reads from top to
 * bottom; `cast.ts` knows how processes are started, `verdict.ts` what a right file looks like.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import type { NodeStatus } from '@holdfast/client'
import { formatMillis } from '../table.ts'
import { type Cast, until } from './cast.ts'
import type { Ledger } from './ledger.ts'
import type { Screen } from './screen.ts'
import { type Finding, judgeFile } from './verdict.ts'
import type { WorkerNews } from './worker-messages.ts'
import type { WorkerProcess } from './worker-process.ts'

export interface Stage {
  readonly cast: Cast
  readonly ledger: Ledger
  readonly screen: Screen
  /** News of workers as they come, for scenes that wait for one. */
  readonly nextNews: <Kind extends WorkerNews['kind']>(
    worker: string,
    kind: Kind,
  ) => Promise<Extract<WorkerNews, { kind: Kind }>>
  readonly signal: AbortSignal
}

const WRITERS = ['w1', 'w2', 'w3']
const READERS = ['r1', 'r2']
const PATIENCE_MS = 30_000

/** Plays it once. Rejects when a scene does not come to its end; gives what was found at the end. */
export async function play(stage: Stage): Promise<readonly Finding[]> {
  const { screen } = stage
  const firstLine = stage.ledger.nextLine()
  screen.scene('Three nodes find each other')
  await gather(stage)
  screen.scene('Five processes share one file')
  await meetWorkers(stage, firstLine)
  await work(stage, 2_000)
  screen.scene('The node that masters the lock is killed')
  const victim = await killMaster(stage)
  await work(stage, 1_000)
  screen.scene('A process that holds the lock is killed')
  await killHolder(stage)
  await work(stage, 1_000)
  screen.scene('The killed node comes back')
  await comeBack(stage, victim)
  await work(stage, 2_000)
  screen.scene('The file itself')
  return judge(stage)
}

async function gather({ cast, screen }: Stage): Promise<void> {
  await writeFile(cast.file, '')
  for (const name of cast.nodeNames) {
    const node = cast.startNode(name)
    screen.say(`${name} starts: process ${node.pid}, ${node.address}`)
  }
  // They take as long to start as a node does, and wait by themselves until there is one.
  for (const name of [...WRITERS, ...READERS]) {
    const role = WRITERS.includes(name) ? 'writer' : 'reader'
    screen.say(`${name} starts as a ${role}: process ${cast.startWorker(name, role).pid}`)
  }
  const status = await until('the first view', PATIENCE_MS, () =>
    viewOf(cast, cast.nodeNames, cast.nodeNames),
  )
  screen.good(`view ${status.epoch} is agreed: ${membersOf(status)}`)
}

async function meetWorkers(
  { screen }: Stage,
  firstLine: ReturnType<Ledger['nextLine']>,
): Promise<void> {
  screen.say(`${WRITERS.join(', ')} append under EX; ${READERS.join(', ')} read under PR`)
  const { line } = await within('the first line', firstLine)
  screen.good(`the first lock is granted, to ${line.worker}, with token ${line.token}`)
}

async function work({ ledger, screen, signal }: Stage, ms: number): Promise<void> {
  const before = ledger.confirmed.length
  const readsBefore = ledger.reads
  await delay(ms, undefined, { signal })
  const [fault] = ledger.faults
  if (fault !== undefined) throw new Error(`this must never happen: ${fault}`)
  const lines = ledger.confirmed.length - before
  screen.say(`${formatMillis(ms)} of work: ${lines} lines, ${ledger.reads - readsBefore} reads`)
}

async function killMaster(stage: Stage): Promise<string> {
  const { cast, ledger, screen } = stage
  const master = await until('finding the master', PATIENCE_MS, () => cast.findMaster())
  const node = cast.node(master)
  screen.say(`${master} masters the lock: kill -9 ${node?.pid}`)
  const killedAt = performance.now()
  node?.kill('SIGKILL')
  await node?.gone
  // A line that was on its way to us when the node died is not yet one after it.
  const { at, line } = await within('a line after the kill', lineAfter(ledger, killedAt + 50))
  const survivors = cast.nodeNames.filter((name) => name !== master)
  const status = await until('the view of the survivors', PATIENCE_MS, () =>
    viewOf(cast, survivors, survivors),
  )
  screen.good(`view ${status.epoch} without ${master}: ${membersOf(status)}`)
  const found = await until('finding the new master', PATIENCE_MS, () => cast.findMaster())
  screen.good(
    `the lock is recovered, ${found} masters it now; ${line.worker} wrote again ` +
      `${screen.paint.bold(formatMillis(at - killedAt))} after the kill`,
  )
  return master
}

async function lineAfter(ledger: Ledger, instant: number): ReturnType<Ledger['nextLine']> {
  for (;;) {
    const found = await ledger.nextLine()
    if (found.at >= instant) return found
  }
}

async function killHolder(stage: Stage): Promise<void> {
  const { cast, ledger, screen, nextNews } = stage
  const [name = 'w1'] = WRITERS
  const worker = cast.workers.get(name)
  const holding = nextNews(name, 'holding')
  worker?.order({ kind: 'hold' })
  const { token } = await within(`${name} holding the lock`, holding)
  screen.say(`${name} holds the lock with token ${token}: kill -9 ${worker?.pid}`)
  const next = ledger.nextLine(name)
  const killedAt = performance.now()
  worker?.kill('SIGKILL')
  const { at, line } = await within('a line of another worker', next)
  screen.good(
    `the lock is free again; ${line.worker} wrote ` +
      `${screen.paint.bold(formatMillis(at - killedAt))} after the kill`,
  )
}

async function comeBack({ cast, screen }: Stage, name: string): Promise<void> {
  const before = await until('a view', PATIENCE_MS, () =>
    viewOf(cast, cast.liveNodes, cast.liveNodes),
  )
  const startedAt = performance.now()
  const node = cast.startNode(name)
  screen.say(`${name} starts again with the same folder: process ${node.pid}`)
  const status = await until('the return', PATIENCE_MS, () =>
    viewOf(cast, cast.nodeNames, cast.nodeNames, before.epoch),
  )
  screen.good(
    `${name} is admitted as a new incarnation after ` +
      `${formatMillis(performance.now() - startedAt)}: view ${status.epoch}, ${membersOf(status)}`,
  )
}

export async function judge(stage: Stage): Promise<readonly Finding[]> {
  const { cast, ledger, screen } = stage
  await stopWorkers([...cast.workers.values()])
  const text = await readFile(cast.file, 'utf8')
  const findings = [
    ...judgeFile(text, ledger.confirmed),
    {
      what: 'no process ever saw the file change under its lock',
      holds: ledger.faults.length === 0,
      ...(ledger.faults.length === 0 ? {} : { detail: ledger.faults.slice(0, 3).join('; ') }),
    },
  ]
  screen.say(
    `${text.split('\n').length - 1} lines in the file, ${ledger.confirmed.length} confirmed`,
  )
  for (const { what, holds, detail } of findings) {
    if (holds) screen.good(what)
    else screen.bad(`${what}: ${detail}`)
  }
  return findings
}

/** Lets the workers finish what is under way; one that does not is ended. */
async function stopWorkers(workers: readonly WorkerProcess[]): Promise<void> {
  for (const worker of workers) worker.order({ kind: 'stop' })
  const ended = Promise.all(workers.map(({ gone }) => gone))
  await Promise.race([ended, delay(5_000, undefined, { ref: false })])
  for (const worker of workers) worker.kill('SIGKILL')
  await ended
}

/** The status that all of `asked` agree on, when its members are exactly `names` and it is active. */
async function viewOf(
  cast: Cast,
  asked: readonly string[],
  names: readonly string[],
  afterEpoch = 0,
): Promise<NodeStatus | undefined> {
  const answers = await Promise.all(asked.map((name) => cast.status(name)))
  const [first] = answers
  if (first === undefined || first.epoch <= afterEpoch) return undefined
  const members = first.members.map(({ node }) => node).toSorted()
  const isWhole = members.join() === names.toSorted().join()
  const agree = answers.every((one) => one?.epoch === first.epoch && one.active)
  return isWhole && agree ? first : undefined
}

/** `n1#1 n2#5`: each node with the epoch that admitted it. */
function membersOf({ members }: NodeStatus): string {
  return members.map(({ node, joined }) => `${node}#${joined}`).join(' ')
}

async function within<Value>(what: string, promise: Promise<Value>): Promise<Value> {
  const limit = new AbortController()
  const late = delay(PATIENCE_MS, undefined, { signal: limit.signal }).then(() => {
    throw new Error(`${what} did not come within ${PATIENCE_MS / 1_000} s`)
  })
  late.catch(() => undefined)
  try {
    return await Promise.race([promise, late])
  } finally {
    limit.abort()
  }
}
