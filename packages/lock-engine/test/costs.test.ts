/** What costs the same, however many locks there are beside: counted in the locks that are looked at. */
import { describe, expect, test } from 'vitest'
import { isLockMessage } from '../src/index.ts'
import { visitsOf } from './harness/visits.ts'
import { nameIndexedBy, Stage } from './races/stage.ts'

describe('a lock whose master has given the name up', () => {
  /** Looks at locks until all requests of node 2 are on their way again. */
  function visitsToAskAgain(locks: number): number {
    const name = nameIndexedBy([[1, 2], 1])
    const stage = new Stage({ nodes: [1, 2], name })
    // Node 2 learns the master.
    stage.request(1, 1, 'NL')
    stage.settle()
    stage.request(2, 1, 'NL')
    stage.settle()
    stage.unlock(2, 1)
    stage.settle()
    const { engine } = stage.node(2)
    const resource = { space: 's', name }
    const plain = { mode: 'NL', noQueue: false, useValue: false, notify: false } as const
    for (let lock = 1; lock <= locks; lock += 1) {
      const call = {
        kind: 'request',
        call: 100 + lock,
        lock: 1 + lock,
        resource,
        ...plain,
      } as const
      engine.handle({ kind: 'call', session: 1, call }, 0)
    }
    const sent = engine
      .drain()
      .map((output) => (output.kind === 'send' ? output.message : undefined))
    const answers = sent
      .filter((message) => isLockMessage(message) && message.kind === 'request')
      .map(({ lock, ask }) => ({ kind: 'not-master', lock, ask }))
    expect(answers).toHaveLength(locks)
    return visitsOf(() => {
      for (const message of answers) {
        engine.handle({ kind: 'received', from: 1, epoch: 1, message }, 0)
      }
    })
  }

  test('is asked for again without a look at the others', () => {
    expect(visitsToAskAgain(1_000)).toBeLessThan(10_000)
  })
})
