import {
  type Cluster,
  type Lock,
  type Lockspace,
  LockTimeoutError,
  OrphanNotFoundError,
} from '@holdfast/client'

/** Does a job that only one program may do, and finishes what one that died has begun. */
export async function takeOver(
  cluster: Cluster,
  job: (isContinued: boolean, lock: Lock) => Promise<void>,
): Promise<void> {
  await using jobs = await cluster.openLockspace('jobs', {
    attributes: { deadlockMs: 0 },
    onRecovery: ({ phase, lost }) => console.error(`${phase}, without ${lost.join(' ')}`),
  })
  const [isContinued, mine] = await takeOrContinue(jobs)
  await using lock = mine
  await job(isContinued, lock)
}

async function takeOrContinue(jobs: Lockspace): Promise<readonly [boolean, Lock]> {
  for (;;) {
    try {
      return [true, await jobs.acquireOrphan('nightly', { persistent: true })]
    } catch (error) {
      if (!OrphanNotFoundError.is(error)) throw error
    }
    try {
      return [false, await jobs.acquire('nightly', { persistent: true, timeoutMs: 1_000 })]
    } catch (error) {
      // Somebody has it. If that one dies, it leaves an orphan, which nobody is granted by waiting.
      if (!LockTimeoutError.is(error)) throw error
    }
  }
}
