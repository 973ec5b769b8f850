import { describe, expect, test } from 'vitest'
import { openRawSession, type RawEvent, type RawSession } from '../src/raw-session.ts'
import { createFakeNode, type FakeNode } from './fake-node.ts'
import { turn } from './setting.ts'

interface Opened {
  readonly node: FakeNode
  readonly session: RawSession
  /** Events by kind, or by outcome where they have one; the end as `end: REASON`. */
  readonly heard: string[]
}

async function open(node = createFakeNode()): Promise<Opened> {
  const heard: string[] = []
  const session = await openRawSession({
    openPort: node.openPort,
    clock: { now: () => node.now, jumped: () => node.takeJump() },
    onEvent: (event) => heard.push(wordOf(event)),
    onEnd: ({ reason }) => heard.push(`end: ${reason}`),
  })
  return { node, session, heard }
}

function wordOf(event: RawEvent): string {
  return 'outcome' in event ? `${event.kind} ${event.outcome}` : event.kind
}

const request = {
  kind: 'request',
  lock: 7,
  resource: { space: 's', name: 'r' },
  mode: 'EX',
  noQueue: false,
  useValue: false,
  notify: true,
} as const

describe('a raw session', () => {
  test('gives each call a number of its own, and the events as they come', async () => {
    const { node, session, heard } = await open()
    const first = session.send(request)
    const second = session.send({ kind: 'unlock', lock: 7 })
    expect(second).toBeGreaterThan(first)
    const { call, lock } = await node.grantNext()
    expect([call, lock]).toEqual([first, 7])
    node.emit({ kind: 'blocking', lock: 7, mode: 'PR' })
    node.settle(await node.next('unlock'), 'unlocked')
    expect(heard).toEqual(['completion granted', 'blocking', 'completion unlocked'])
  })

  test('passes calls that name no lock, and their answers', async () => {
    const { node, session, heard } = await open()
    const call = session.send({ kind: 'purge', space: 's' })
    expect(await node.next('purge')).toEqual({ kind: 'purge', call, space: 's' })
    node.emit({ kind: 'purged', call, count: 2 })
    const query = session.send({ kind: 'query', what: 'locks' })
    node.emit({ kind: 'report', call: query, locks: [] })
    const open_ = session.send({ kind: 'open-space', space: 's' })
    node.emit({ kind: 'space', call: open_, space: 's', outcome: 'opened' })
    const leave = session.send({ kind: 'leave-space', space: 's', force: 'idle' })
    node.emit({ kind: 'refused', call: leave, reason: 'no' })
    const view = { epoch: 2, members: [1], lost: [2] }
    node.emit({ kind: 'recovery', space: 's', phase: 'stopped', ...view })
    expect(heard).toEqual(['purged', 'report', 'space opened', 'refused', 'recovery'])
  })

  test('tells a loss at its own deadline, before the end, when the node is silent', async () => {
    const { node, session, heard } = await open(createFakeNode(60))
    session.send(request)
    session.send({ ...request, lock: 8 })
    await node.grantNext()
    node.answers = false
    // Its trust in what it holds ends before the lease of 60 ms does.
    node.now = 59
    const late = Promise.withResolvers<void>()
    const poll = setInterval(() => {
      if (session.ended !== undefined) late.resolve()
    }, 1)
    await late.promise
    clearInterval(poll)
    expect(heard).toEqual(['completion granted', 'lost', 'completion lost', 'end: stalled'])
  })

  test('holds a grant back that arrives after this process stood still', async () => {
    const { node, session, heard } = await open()
    session.send(request)
    const { call, lock } = await node.next('request')
    node.answers = false
    node.jump = true
    node.emit({ kind: 'completion', call, lock, outcome: 'granted', mode: 'EX', token: 1n })
    expect(heard).toEqual([])
    await Promise.resolve()
    node.answerPings()
    expect(heard).toEqual(['completion granted'])
  })

  test('ends when it is asked to, once, and answers nothing more', async () => {
    const { node, session, heard } = await open()
    session.close()
    session.close()
    session.send({ kind: 'query', what: 'status' })
    session.send(request)
    node.emit({ kind: 'purged', call: 1, count: 0 })
    await turn()
    expect(heard).toEqual(['end: asked', 'completion lost'])
    expect(session.ended).toEqual({ reason: 'asked' })
  })

  test('refuses what the node could not read, and tells it when the number of the call is known', async () => {
    const { node, session, heard } = await open()
    session.send({ ...request, mode: 'ex' } as never)
    expect(heard).toEqual([])
    await turn()
    expect([heard, node.calls]).toEqual([['completion refused'], []])
    session.send(request)
    await node.grantNext()
    expect(heard).toEqual(['completion refused', 'completion granted'])
  })

  test('tells an end that comes in the same turn as the opening', async () => {
    const node = createFakeNode()
    node.answers = false
    const opening = open(node)
    await new Promise((resolve) => setImmediate(resolve))
    node.answerPings()
    node.cut('gone')
    const { session, heard } = await opening
    expect(heard).toEqual(['end: connection-lost'])
    expect(session.ended).toMatchObject({ reason: 'connection-lost' })
  })

  test('rejects when the session ends before it is open', async () => {
    const node = createFakeNode()
    node.answers = false
    const opening = open(node)
    await Promise.resolve()
    node.cut('gone')
    await expect(opening).rejects.toThrow('session closed: connection-lost (gone)')
  })
})
