import { expect, test } from 'vitest'
import type { LockMessage } from '../src/index.ts'
import { createLockEngine, isLockMessage } from '../src/index.ts'
import { nameIndexedBy } from './harness/directory-node.ts'
import { World } from './harness/world.ts'
import { Stage } from './races/stage.ts'

test('a name that keeps moving is asked for a few times at once, then after a pause', () => {
  const engine = createLockEngine({ limits: { lookupsAtOnce: 3, lookupPauseMs: 50 } })
  const members = [1, 2].map((id) => ({ id, joined: 1, eligible: true, weight: 1 }))
  engine.install({ epoch: 1, settled: 0, self: 1, members, notes: [] }, 0)
  engine.resume()
  engine.activate(0)
  engine.open(0)
  const name = nameIndexedBy(2, 2)
  engine.handle({ kind: 'session-opened', session: 1, label: 's' }, 0)
  const asked = { mode: 'EX', noQueue: false, useValue: false, notify: false } as const
  const resource = { space: 'test', name }
  const call = { kind: 'request', call: 1, lock: 1, resource, ...asked } as const
  engine.handle({ kind: 'call', session: 1, call }, 0)

  /** Node 2 always says that it is the master, and then that it is not. Counts the lookups. */
  const mislead = (now: number): number => {
    let lookups = 0
    for (let turn = 0; turn < 100; turn += 1) {
      const sent = engine.drain().flatMap((one) => (one.kind === 'send' ? [one.message] : []))
      lookups += sent.filter(({ kind }) => kind === 'lookup').length
      for (const message of sent.filter(isLockMessage).map(misleadingAnswer)) {
        if (message === undefined) continue
        engine.handle({ kind: 'received', from: 2, epoch: 1, message }, now)
      }
    }
    return lookups
  }

  const first = mislead(0)
  expect(first).toBeGreaterThan(0)
  expect(first).toBeLessThanOrEqual(4)
  const pause = engine.deadline()
  expect(pause).toBe(50)
  engine.handle({ kind: 'tick' }, 49)
  expect(mislead(49)).toBe(0)
  engine.handle({ kind: 'tick' }, 50)
  expect(mislead(50)).toBeGreaterThan(0)
  expect(engine.deadline()).toBeGreaterThan(50)
})

function misleadingAnswer(message: LockMessage): unknown {
  if (message.kind === 'lookup') {
    return { kind: 'master-is', lock: message.lock, master: 2, takenOver: 0 }
  }
  if (message.kind !== 'request') return undefined
  return { kind: 'not-master', lock: message.lock, ask: message.ask }
}

test('only so many masters are remembered without a lock on their names', () => {
  let lookups = 0
  const world = new World({
    nodes: 2,
    limits: { knownMastersMax: 2 },
    onSend: (_from, _to, message) => {
      if ((message as { kind: string }).kind === 'lookup') lookups += 1
    },
  })
  const names: string[] = []
  for (let number = 1; names.length < 4; number += 1) {
    const name = `${nameIndexedBy(1, 2)}/${number}`
    const lock = world.request(world.session(1), name, 'NL')
    if (lock.completions.length === 1) names.push(name)
  }
  world.settle()
  const session = world.session(2)
  const use = (name: string): number => {
    lookups = 0
    const lock = world.request(session, name, 'CR')
    world.settle()
    world.unlock(lock)
    world.settle()
    return lookups
  }
  expect(names.map(use)).toEqual([1, 1, 1, 1])
  expect(use(names[3] as string)).toBe(0)
  expect(use(names[0] as string)).toBe(1)
})

test('calls that have ended are not waited for: nothing is due once they are gone', () => {
  const world = new World({ nodes: 2 })
  const [holder, waiter] = [world.session(1), world.session(2)]
  const name = nameIndexedBy(1, 2)
  world.request(holder, name, 'EX')
  world.settle()
  const day = 86_400_000
  for (let call = 0; call < 3; call += 1) {
    const waiting = world.request(waiter, name, 'EX', { timeoutMs: day })
    world.settle()
    world.cancel(waiting)
    world.settle()
  }
  expect(world.node(2).engine.deadline()).toBeUndefined()
})

test.each([
  ['all of the resource', undefined],
  ['a part of it', { start: 0n, end: 9n }],
])(
  'a wait for a lock of one’s own with %s that is one of many is found after a while',
  (_what, range) => {
    const name = 'name'
    const stage = new Stage({ nodes: [1, 2], name, limits: { selfWaitLookMax: 2 } })
    const part = { alone: false, ...(range === undefined ? {} : { range }) }
    for (let lock = 1; lock <= 4; lock += 1) stage.request(2, lock, 'PR', part)
    stage.settle()
    const own = stage.request(1, 1, 'PR', part)
    const wish = stage.request(1, 2, 'PW', { alone: false })
    stage.settle()
    expect([stage.outcome(own), stage.outcome(wish)]).toEqual(['granted', undefined])
    stage.cluster.pass(5_000)
    expect(stage.outcome(wish)).toBe('deadlock')
  },
)
