/** A tree with more resources, and locks, than the call of a function can have arguments. */
import { expect, test } from 'vitest'
import type { EngineInput, EngineMember } from '../src/index.ts'
import { createLockEngine } from '../src/index.ts'

const width = 130_000
const plain = { noQueue: false, useValue: false, notify: false }

const members = (...leaving: number[]): EngineMember[] =>
  [1, 2].map((id) => ({ id, joined: 1, eligible: !leaving.includes(id), weight: id === 1 ? 1 : 0 }))

test('a master can leave with it, and its locks can be unlocked by one call', () => {
  const engine = createLockEngine({ limits: { locksPerSessionMax: width + 1 } })
  const give = (input: EngineInput): void => {
    engine.handle(input, 0)
    engine.drain()
  }
  engine.install({ epoch: 1, settled: 0, self: 1, members: members(), notes: [] }, 0)
  engine.resume()
  engine.activate(0)
  engine.open(0)
  give({ kind: 'session-opened', session: 1, label: 'wide' })
  for (let lock = 1; lock <= width + 1; lock += 1) {
    const resource = { space: 's', name: `${lock}` }
    const place = lock === 1 ? { resource } : { resource, parent: 1 }
    const call = { kind: 'request', call: lock, lock, mode: 'NL', ...plain, ...place } as const
    give({ kind: 'call', session: 1, call })
  }
  engine.install({ epoch: 2, settled: 1, self: 1, members: members(1), notes: [] }, 0)
  const values = engine
    .transfers()
    .filter(({ record }) => (record as { kind: string }).kind === 'value')
  expect(values).toHaveLength(width + 1)
  const call = { kind: 'unlock', call: width + 2, lock: 1, subtree: 'with' } as const
  give({ kind: 'call', session: 1, call })
  const held = engine.held()
  expect([held.length, held.every(({ unlocking }) => unlocking)]).toEqual([width + 1, true])
}, 60_000)
