import { type Cluster, createCluster } from '../src/cluster.ts'
import type { Lock } from '../src/lock.ts'
import type { AcquireOptions } from '../src/request-options.ts'
import { createFakeNode, type FakeNode } from './fake-node.ts'

export interface Setting {
  readonly node: FakeNode
  readonly cluster: Cluster
  readonly callbackErrors: unknown[]
}

/** A cluster whose one node is played by the test. */
export async function setting(options: { readonly reconnect?: boolean } = {}): Promise<Setting> {
  const node = createFakeNode()
  const callbackErrors: unknown[] = []
  const cluster = await createCluster({
    openPort: node.openPort,
    clock: { now: () => node.now, jumped: () => node.takeJump() },
    onCallbackError: (error) => callbackErrors.push(error),
    ...options,
  })
  return { node, cluster, callbackErrors }
}

export async function granted({ node, cluster }: Setting, options?: AcquireOptions): Promise<Lock> {
  const acquiring = cluster.lockspace('orders').acquire('o/1', options)
  await node.grantNext(7n)
  return acquiring
}

/** One turn of the loop: everything that waits for a promise has run. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
