/** A worker process: plays the seeds it is given, with a planted bug when it is started with one. */
import { plantBug } from './plants/plant-bug.ts'
import { findPlant } from './plants/plants.ts'
import type { FromWorker, ToWorker } from './worker-messages.ts'

const plantName = process.argv[2]
if (plantName !== undefined) plantBug(findPlant(plantName))

// Loaded only now, so that a planted bug is in place before its file is.
const { runSeed } = await import('./run-seed.ts')

function tell(message: FromWorker): void {
  process.send?.(message)
}

process.on('message', ({ seed, forced }: ToWorker) => {
  const before = process.cpuUsage()
  const { counts, digest, failure } = runSeed(seed, forced)
  const { user, system } = process.cpuUsage(before)
  const told = failure && { checker: failure.checker, sentence: failure.sentence }
  const cpuMs = (user + system) / 1_000
  tell({ kind: 'played', seed, counts, digest, cpuMs, failure: told })
})
tell({ kind: 'ready' })
