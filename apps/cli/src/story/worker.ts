import { setTimeout as delay } from 'node:timers/promises'
import { type Cluster, ConnectError, connect, type Lock, type Lockspace } from '@holdfast/client'
import { appendCarelessly, readTwice, SharedFileFault } from './shared-file.ts'
import { toSent, type WorkerNews, type WorkerOrder } from './worker-messages.ts'

export const STORY_CLUSTER = 'story'
export const STORY_SPACE = 'story'
export const STORY_LOCK = 'shared-file'

export interface WorkerOptions {
  readonly name: string
  readonly role: 'writer' | 'reader'
  readonly file: string
  /** In the order in which they are tried. */
  readonly addresses: readonly string[]
  readonly token: string
}

interface Mood {
  holdNext: boolean
  calm: boolean
  stopping: boolean
}

/**
 * A process of its own that works on the shared file through the client package, until it is told to
 * stop or its parent is gone.
 */
export async function runWorker(options: WorkerOptions): Promise<void> {
  const mood: Mood = { holdNext: false, calm: false, stopping: false }
  process.on('message', (order: WorkerOrder) => {
    if (order.kind === 'hold') mood.holdNext = true
    if (order.kind === 'calm') mood.calm = true
    if (order.kind === 'stop') mood.stopping = true
  })
  // A worker whose story is over must not go on by itself.
  process.on('disconnect', () => process.exit(0))
  const cluster = await connectPatiently(options)
  tell({ kind: 'connected', node: cluster.node ?? 'unknown' })
  cluster.onClosed(({ reason }) => {
    if (reason !== 'asked') tell({ kind: 'lost', reason })
  })
  const space = cluster.lockspace(STORY_SPACE)
  if (options.role === 'writer') await write(space, options, mood)
  else await read(space, options, mood)
  await cluster.close()
  process.disconnect()
}

async function write(space: Lockspace, { name, file }: WorkerOptions, mood: Mood): Promise<void> {
  for (let n = 1; !mood.stopping; ) {
    const wrote = await attempt(async () => {
      await using lock = await space.acquire(STORY_LOCK, { mode: 'EX' })
      if (mood.holdNext) await hold(lock)
      const line = { token: lock.token ?? 0n, worker: name, n }
      await appendCarelessly(file, line, () => lock.assertHeld())
      // Still under the lock, so that the news come in the order of the lines.
      tell({ kind: 'wrote', line: toSent(line) })
    })
    if (wrote) n += 1
    await delay(mood.calm ? 1_000 : 10)
  }
}

async function read(space: Lockspace, { file }: WorkerOptions, mood: Mood): Promise<void> {
  while (!mood.stopping) {
    const done = await attempt(() =>
      space.request(STORY_LOCK, { mode: 'PR' }, async () => {
        await readTwice(file)
      }),
    )
    if (done) tell({ kind: 'read' })
    await delay(mood.calm ? 1_000 : 150)
  }
}

async function hold(lock: Lock): Promise<void> {
  tell({ kind: 'holding', token: String(lock.token) })
  await new Promise((resolve) => lock.signal.addEventListener('abort', resolve))
}

/** False when a lock or a node was lost on the way, which is what this story is about. */
async function attempt(work: () => Promise<void>): Promise<boolean> {
  try {
    await work()
    return true
  } catch (error) {
    if (error instanceof SharedFileFault) tell({ kind: 'fault', sentence: error.message })
    else tell({ kind: 'lost', reason: error instanceof Error ? error.message : String(error) })
    await delay(50)
    return false
  }
}

async function connectPatiently(options: WorkerOptions): Promise<Cluster> {
  for (;;) {
    try {
      return await connect(options.addresses, {
        cluster: STORY_CLUSTER,
        token: options.token,
      })
    } catch (error) {
      if (!ConnectError.is(error)) throw error
      await delay(100)
    }
  }
}

function tell(news: WorkerNews): void {
  // The parent may be gone already; then `disconnect` ends this process.
  if (process.connected) process.send?.(news, undefined, {}, () => undefined)
}
