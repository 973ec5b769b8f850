import { readFileSync } from 'node:fs'
import { type Cluster, LockDeadlockError, type Lockspace, LockTimeoutError } from '@holdfast/client'
import { createNode } from '@holdfast/node'
import { describe, expect, test } from 'vitest'
import * as guide from '../examples/guide.ts'

const readFile = (name: string): string =>
  readFileSync(new URL(`../${name}`, import.meta.url), 'utf8')
const example = withoutIndent(readFile('examples/guide.ts'))

describe('the guide shows code that is run below', () => {
  const blocks = [...readFile('locks.md').matchAll(/^```ts\n(.*?)^```$/gms)]
  const pieces = blocks
    .flatMap(([, code = '']) => code.split('\n\n'))
    .filter((code) => !code.startsWith('import '))

  test('and more than a little of it', () => {
    expect(pieces.length).toBeGreaterThan(15)
  })

  test.each(pieces)('%s', (code) => {
    expect(example).toContain(withoutIndent(code))
  })
})

describe('the code of the guide, on a cluster of one', () => {
  test('a handle, a reader', async () => {
    await using room = await openRoom()
    expect(await guide.handles(room.orders)).toBe(true)
    expect(await guide.modes(room.orders)).toBe('PR')
  })

  test('conversions', async () => {
    await using room = await openRoom()
    expect(await guide.conversions(room.orders, room.work)).toBe('PR')
    expect(room.heard).toEqual(['read order/42', 'write order/42'])
  })

  test('a lock that is kept until somebody needs it', async () => {
    await using room = await openRoom()
    const cached = await guide.blocking(room.orders, room.work)
    await using writer = await room.others.acquire('catalogue')
    expect([cached.mode, writer.mode, room.heard]).toEqual(['NL', 'EX', ['dropped']])
  })

  test('fencing tokens', async () => {
    await using room = await openRoom()
    await guide.fencing(room.orders, room.work, 'paid')
    await guide.fencing(room.others, room.work, 'sent')
    expect(room.heard).toEqual(['write order/42 fenced', 'write order/42 fenced'])
    expect(room.fences[0] ?? 0n).toBeLessThan(room.fences[1] ?? 0n)
  })

  test('the value block', async () => {
    await using room = await openRoom()
    await guide.values(room.orders, room.work)
    expect(room.heard).toEqual(['follow 10.0.0.7:9000'])
  })

  test('ranges', async () => {
    await using room = await openRoom()
    expect(await guide.ranges(room.orders)).toBe(true)
  })

  test('trees', async () => {
    await using room = await openRoom()
    expect(await guide.trees(room.orders)).toEqual(['orders', '42'])
  })

  test('owners', async () => {
    await using room = await openRoom()
    expect(await guide.owners(room.orders)).toBe(true)
  })

  test('a deadlock takes the lowest priority', async () => {
    await using room = await openRoom()
    const transaction = room.orders.as('transaction-7')
    await room.others.acquire('order/42', { owner: 'transaction-8' })
    await transaction.acquire('order/43')
    const victim = guide.deadlocks(transaction)
    const winner = room.others.acquire('order/43', { owner: 'transaction-8' })
    await expect(victim).rejects.toThrow(LockDeadlockError)
    winner.catch(() => undefined)
  })

  test('giving up', async () => {
    await using room = await openRoom()
    await using _held = await room.others.acquire('order/42')
    await expect(guide.timeLimit(room.orders)).rejects.toThrow(LockTimeoutError)
    await expect(guide.ownClock(room.orders)).rejects.toThrow(/timeout/)
  })

  test('orphans', async () => {
    await using room = await openRoom()
    const left = await guide.leaving(room.orders)
    await room.endOrders()
    const adopted = await guide.adopting(room.others)
    expect(adopted.mode).toBe('EX')
    expect(adopted.token ?? 0n).toBeGreaterThan(left.token ?? 0n)
  })

  test('lockspaces', async () => {
    await using room = await openRoom()
    expect(await guide.lockspaces(room.cluster, room.work)).toBe(64)
  })

  test('looking at it', async () => {
    await using room = await openRoom()
    await using _held = await room.others.acquire('order/42')
    const waiting = room.orders.acquire('order/42', { signal: room.stop })
    waiting.catch(() => undefined)
    // The waiting call is on its way before the query, over the same session.
    await guide.reports(room.cluster, room.work)
    expect(room.heard).toEqual(['order/42 waits for EX, blocked by EX'])
  })

  test('the whole call', async () => {
    await using room = await openRoom()
    await using _reader = await room.others.acquire('journal', { mode: 'PR' })
    expect(await guide.wholeCall(room.orders, room.work)).toBe('granted')
    expect(room.heard).toEqual(['only PR'])
  })
})

function withoutIndent(code: string): string {
  return code.trim().replace(/^ +/gm, '')
}

interface Room extends AsyncDisposable {
  readonly cluster: Cluster
  readonly orders: Lockspace
  /** The same lockspace, in another session. */
  readonly others: Lockspace
  readonly work: guide.Work
  readonly heard: readonly string[]
  readonly fences: readonly bigint[]
  /** Aborts when the room is left. */
  readonly stop: AbortSignal
  endOrders(): Promise<void>
}

/** A cluster of one node with two sessions, and an application that notes what it does. */
async function openRoom(): Promise<Room> {
  const node = await createNode({ name: 'n1', listen: { port: 0 } })
  const cluster = await node.connect()
  const second = await node.connect()
  const stop = new AbortController()
  const heard: string[] = []
  const fences: bigint[] = []
  return {
    cluster,
    orders: cluster.lockspace('orders'),
    others: second.lockspace('orders'),
    work: workThatNotes(heard, fences),
    heard,
    fences,
    stop: stop.signal,
    endOrders: () => cluster.close(),
    async [Symbol.asyncDispose]() {
      stop.abort()
      await cluster.close()
      await second.close()
      await node.close()
    },
  }
}

function workThatNotes(heard: string[], fences: bigint[]): guide.Work {
  return {
    bill: async () => undefined,
    async read(name) {
      heard.push(`read ${name}`)
      return 'text'
    },
    async write(name, _text, options) {
      const fence = options?.fence
      if (fence !== undefined) fences.push(fence)
      heard.push(`write ${name}${fence === undefined ? '' : ' fenced'}`)
    },
    dropCache: () => heard.push('dropped'),
    giveWay: (wanted) => heard.push(`gave way to ${wanted}`),
    readOnly: (mode) => heard.push(`only ${mode}`),
    follow: (address) => heard.push(`follow ${address}`),
    explain({ resource, wanted, blockedBy = [] }) {
      const blockers = blockedBy.map(({ mode }) => mode).join(', ')
      heard.push(`${resource.name} waits for ${wanted}, blocked by ${blockers}`)
    },
    report: (phase, lost) => heard.push(`${phase} ${lost.join(' ')}`),
  }
}
