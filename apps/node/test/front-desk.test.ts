import type { SessionEvent } from '@holdfast/lock-engine/messages'
import { expect, test } from 'vitest'
import { createFrontDesk, type FrontDesk } from '../src/gateway/front-desk.ts'
import type { NodeInput } from '../src/machine/index.ts'

function deskWith(room = true): { readonly desk: FrontDesk; readonly inputs: NodeInput[] } {
  const inputs: NodeInput[] = []
  const put = (input: NodeInput): number => inputs.push(input)
  return { desk: createFrontDesk({ put, tryPut: (input) => room && put(input) > 0 }), inputs }
}

test('numbers of sessions rise and are never used again', () => {
  const { desk } = deskWith()
  const first = desk.open('a', () => undefined)
  desk.gone(first)
  expect(desk.open('b', () => undefined)).toBeGreaterThan(first)
})

test('a session that is gone is told to the machine once, and hears nothing more', () => {
  const { desk, inputs } = deskWith()
  const heard: SessionEvent[] = []
  const session = desk.open('a', (event) => heard.push(event))
  desk.gone(session)
  desk.gone(session)
  desk.deliver(session, { kind: 'closed', reason: 'asked' })
  expect(inputs.map(({ kind }) => kind)).toEqual(['session-opened', 'session-gone'])
  expect(heard).toEqual([])
})

test('an abandoned session stays open for the machine, and takes no room once it is closed', () => {
  const { desk, inputs } = deskWith()
  const session = desk.open('a', () => undefined)
  desk.abandon(session)
  expect([inputs.length, desk.size]).toEqual([1, 1])
  desk.deliver(session, { kind: 'closed', reason: 'session-expired' })
  expect(desk.size).toBe(0)
})

test('a call for which there is no room is not taken in silence', () => {
  const { desk } = deskWith(false)
  const session = desk.open('a', () => undefined)
  expect(desk.call(session, { kind: 'ping', call: 1, sent: 0 })).toBe(false)
})

test('whoever comes when the node has stopped is told so', async () => {
  const { desk } = deskWith()
  const heard: SessionEvent[] = []
  desk.open('a', (event) => heard.push(event))
  desk.closeAll()
  desk.open('b', (event) => heard.push(event))
  await Promise.resolve()
  const closed = { kind: 'closed', reason: 'node-stopped' }
  expect(heard).toEqual([closed, closed])
})
