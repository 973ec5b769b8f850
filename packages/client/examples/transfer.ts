import { randomUUID } from 'node:crypto'
import { type Cluster, LockDeadlockError } from '@holdfast/client'

/** Runs `move` under the locks of both accounts, taken in any order by any number of programs. */
export async function transfer(
  cluster: Cluster,
  accounts: readonly [string, string],
  move: () => Promise<void>,
): Promise<void> {
  for (;;) {
    // All locks of this transfer are one party: they are not in each other's way.
    const locks = cluster.lockspace('accounts').as(randomUUID())
    try {
      await using _from = await locks.acquire(accounts[0], { timeoutMs: 10_000 })
      await using _to = await locks.acquire(accounts[1], { timeoutMs: 10_000 })
      await move()
      return
    } catch (error) {
      // Another transfer goes on with what this one has given up.
      if (!LockDeadlockError.is(error)) throw error
    }
  }
}
