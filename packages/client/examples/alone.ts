import { createCluster, type SessionPort, type SessionPortEvents } from '@holdfast/client'

const queues = new Map<string, (() => void)[]>()
let lastToken = 0n

/** A lock table of this process, in place of a cluster: exclusive locks, first come, first served. */
async function openPort(): Promise<SessionPort> {
  const names = new Map<number, string>()
  let events: SessionPortEvents | undefined
  const emit: SessionPortEvents['onEvent'] = (event) => events?.onEvent(event)

  const answer: SessionPort['send'] = (call) => {
    if (call.kind === 'ping') emit({ ...call, kind: 'pong', authorityMs: 1_000 })
    if (call.kind === 'request') {
      const { call: number, lock, mode } = call
      const queue = queues.get(call.resource.name) ?? []
      names.set(lock, call.resource.name)
      queues.set(call.resource.name, queue)
      const grant = (): void => {
        lastToken += 1n
        emit({ kind: 'completion', call: number, lock, outcome: 'granted', mode, token: lastToken })
      }
      if (queue.push(grant) === 1) grant()
    }
    if (call.kind === 'unlock') {
      const queue = queues.get(names.get(call.lock) ?? '')
      queue?.shift()
      emit({ kind: 'completion', call: call.call, lock: call.lock, outcome: 'unlocked' })
      queue?.[0]?.()
    }
  }
  return {
    receive(given) {
      events = given
      emit({ kind: 'opened', session: 's', leaseMs: 1_000, node: 'table' })
    },
    // An answer never comes from inside `send`.
    send: (call) => queueMicrotask(() => answer(call)),
    close: () => undefined,
  }
}

await using first = await createCluster({ openPort })
await using second = await createCluster({ openPort })

let balance = 0
async function deposit(cluster: typeof first): Promise<bigint | undefined> {
  return cluster.lockspace('accounts').request('account/7', async (lock) => {
    const before = balance
    await new Promise((resolve) => setImmediate(resolve))
    lock.assertHeld()
    balance = before + 1
    return lock.token
  })
}
const tokens = await Promise.all([first, second, first, second].map(deposit))
process.stdout.write(`balance ${balance}, tokens ${tokens.join(' ')}\n`)
