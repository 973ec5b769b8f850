import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { ForcedOptions } from './draw/draw-options.ts'
import type { FromWorker, ToWorker } from './worker-messages.ts'

export interface PoolOptions {
  readonly jobs: number
  readonly from: number
  readonly seeds: number
  readonly plant: string | undefined
  readonly forced: ForcedOptions
  /** `false` ends the run: no more seeds are given out. */
  readonly onResult: (result: Extract<FromWorker, { kind: 'played' }>) => boolean
}

const workerPath = fileURLToPath(new URL('./worker.ts', import.meta.url))

/** Plays seeds in worker processes, one at a time each. Rejects when a worker dies. */
export async function playSeeds(options: PoolOptions): Promise<void> {
  let next = options.from
  let stopped = false
  const end = options.from + options.seeds
  const playIn = (worker: ChildProcess): Promise<void> =>
    new Promise((resolve, reject) => {
      const give = (): void => {
        if (stopped || next >= end) {
          worker.disconnect()
          return
        }
        const order: ToWorker = { seed: next, forced: options.forced }
        next += 1
        worker.send(order)
      }
      worker.on('message', (message: FromWorker) => {
        if (message.kind === 'played' && !options.onResult(message)) stopped = true
        give()
      })
      worker.on('error', reject)
      worker.on('exit', (code) => {
        if (code === 0) resolve()
        else reject(new Error(`a worker of the swarm ended with code ${code}`))
      })
    })
  const workers = Array.from({ length: Math.min(options.jobs, options.seeds) }, () =>
    fork(workerPath, options.plant === undefined ? [] : [options.plant], {
      execArgv: ['--conditions=@holdfast/source', '--disable-warning=ExperimentalWarning'],
    }),
  )
  try {
    await Promise.all(workers.map(playIn))
  } finally {
    for (const worker of workers) worker.kill()
  }
}
