/** The code of the guide to locks, part by part. The tests run it, and hold the guide against it. */
import {
  type Cluster,
  connect,
  json,
  type Lock,
  type LockMode,
  type LockReport,
  type Lockspace,
  type Outcome,
} from '@holdfast/client'

/** What an application does under its locks. */
export interface Work {
  bill(signal: AbortSignal, token: bigint | undefined): Promise<void>
  read(name: string): Promise<string>
  /** Turns away a fence lower than the highest that it has seen. */
  write(
    name: string,
    text: string,
    options?: { readonly fence?: bigint | undefined },
  ): Promise<void>
  dropCache(): void
  giveWay(wanted: LockMode): void
  readOnly(mode: LockMode | undefined): void
  follow(address: string): void
  explain(lock: LockReport): void
  report(phase: string, lost: readonly number[]): void
}

export async function connecting({ bill }: Work): Promise<void> {
  await using cluster = await connect('ws://127.0.0.1:7400')
  const orders = cluster.lockspace('orders')

  await orders.request('order/42', async (lock) => {
    await bill(lock.signal, lock.token)
  })
}

export async function handles(orders: Lockspace): Promise<boolean> {
  await using lock = await orders.acquire('order/42')
  await using maybe = await orders.tryAcquire('order/43') // undefined when it is busy
  return lock.held && maybe?.held === true
}

export async function modes(orders: Lockspace): Promise<LockMode> {
  await using reader = await orders.acquire('catalogue', { mode: 'PR' })
  return reader.mode
}

export async function conversions(orders: Lockspace, { read, write }: Work): Promise<LockMode> {
  await using lock = await orders.acquire('order/42', { mode: 'PR' })
  const draft = await read('order/42')
  await lock.convert('EX', { timeoutMs: 2_000 }) // still PR while it waits, and if it fails
  await write('order/42', draft)
  await lock.convert('PR') // down: never refused, never waits
  return lock.mode
}

export async function blocking(orders: Lockspace, { dropCache }: Work): Promise<Lock> {
  const cached = await orders.acquire('catalogue', { mode: 'PR' })
  cached.onBlocking(async (wanted) => {
    dropCache()
    await cached.convert(wanted === 'EX' ? 'NL' : 'CR')
  })
  return cached
}

export async function fencing(orders: Lockspace, { write }: Work, next: string): Promise<void> {
  await orders.request('order/42', async (lock) => {
    await write('order/42', next, { fence: lock.token })
  })
}

export async function values(orders: Lockspace, { follow }: Work): Promise<void> {
  const address = json(String)
  await using leader = await orders.acquire('leader', { mode: 'EX', useValue: true })
  await leader.convert('PR', { value: address.of('10.0.0.7:9000') }) // written on the way down

  await using follower = await orders.acquire('leader', { mode: 'CR', useValue: true })
  const reading = follower.read(address)
  if (reading.state === 'valid') follow(reading.value)
}

export async function ranges(orders: Lockspace): Promise<boolean> {
  const rest = { start: 4_096, end: 2n ** 64n - 1n }
  await using head = await orders.acquire('journal', { range: { start: 0, end: 4_095 } })
  await using tail = await orders.acquire('journal', { range: rest })
  return head.held && tail.held
}

export async function trees(orders: Lockspace): Promise<readonly string[]> {
  await using table = await orders.acquire('orders', { mode: 'CW' })
  await using row = await orders.acquire('42', { parent: table })
  return [...(row.resource.path ?? []), row.name]
}

export async function owners(orders: Lockspace): Promise<boolean> {
  const transaction = orders.as('transaction-7')
  await using first = await transaction.acquire('order/42')
  await using second = await transaction.acquire('order/42') // does not wait for the first
  return first.held && second.held
}

export async function deadlocks(orders: Lockspace): Promise<void> {
  await orders.acquire('order/42', { priority: 10 }) // rather this one than others
}

export async function timeLimit(orders: Lockspace): Promise<void> {
  await orders.acquire('order/42', { timeoutMs: 500 })
}

export async function ownClock(orders: Lockspace): Promise<void> {
  await orders.acquire('order/42', { signal: AbortSignal.timeout(500) })
}

export async function leaving(orders: Lockspace): Promise<Lock> {
  const job = await orders.acquire('migration', { persistent: true })
  return job
}

export async function adopting(orders: Lockspace): Promise<Lock> {
  const job = await orders.acquireOrphan('migration', { persistent: true })
  return job
}

export async function lockspaces(cluster: Cluster, { report }: Work): Promise<number> {
  await using jobs = await cluster.openLockspace('jobs', {
    attributes: { valueBytes: 64, deadlockMs: 200 },
    onRecovery: ({ phase, lost }) => report(phase, lost),
  })
  return jobs.attributes.valueBytes
}

export async function reports(cluster: Cluster, { explain }: Work): Promise<void> {
  for await (const lock of cluster.locks({ filter: { details: true } })) {
    if (lock.queue !== 'granted') explain(lock)
  }
}

export async function wholeCall(orders: Lockspace, work: Work): Promise<Outcome> {
  const handle = orders.enqueue({
    name: 'journal',
    mode: 'EX',
    range: { start: 0n, end: 4_095n },
    anyOrder: true,
    alternatePR: true,
    onBlocking: (wanted) => work.giveWay(wanted),
  })
  const { outcome, mode, alternate } = await handle.completion
  if (outcome === 'granted' && alternate) work.readOnly(mode)
  await handle.unlock({ force: true })
  return outcome
}
