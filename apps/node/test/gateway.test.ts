import { connect } from '@holdfast/client'
import { createCallWriter, createEventReader } from '@holdfast/client/wire'
import type { SessionCall, SessionEvent } from '@holdfast/lock-engine/messages'
import type { Channel, ChannelEvents, SendResult } from '@holdfast/transport'
import { webSocketTransport } from '@holdfast/transport-ws'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createGateway, GATEWAY_LIMITS } from '../src/gateway/gateway.ts'
import { createNode, type Node, type NodeEvent } from '../src/index.ts'

const token = 'a-token-for-the-clients'
const LEASE_MS = 600
const frameBytesMax = 65_536
let node: Node
let events: NodeEvent[]

beforeEach(async () => {
  events = []
  node = await createNode({
    name: 'n1',
    listen: { port: 0 },
    clientToken: token,
    limits: { sessionLeaseMs: LEASE_MS, sessionCallsMax: 3, channelsMax: 2 },
    onEvent: (event) => events.push(event),
  })
})
afterEach(() => node.close())

interface RawClient {
  readonly channel: Channel
  readonly heard: SessionEvent[]
  readonly closed: Promise<string>
  say(...calls: SessionCall[]): void
  until<Kind extends SessionEvent['kind']>(
    kind: Kind,
  ): Promise<Extract<SessionEvent, { kind: Kind }>>
}

/** A client that says what it likes. */
async function rawClient(): Promise<RawClient> {
  const transport = webSocketTransport({
    identity: { cluster: 'holdfast', node: 'raw', incarnation: '0123456789abcdef', role: 'client' },
    tokens: { client: token },
  })
  const channel = await transport.dial({ address: node.address })
  const writer = createCallWriter({ frameBytesMax })
  const reader = createEventReader({ frameBytesMax })
  const heard: SessionEvent[] = []
  const closed = new Promise<string>((resolve) => {
    channel.receive({
      onFrame(frame) {
        const read = reader.decode(frame)
        if (read.ok) heard.push(...read.items)
      },
      onClose: resolve,
    })
  })
  return {
    channel,
    heard,
    closed,
    say(...calls) {
      for (const frame of writer.encode(calls)) channel.send(frame)
    },
    async until(kind) {
      await expect.poll(() => heard.some((event) => event.kind === kind)).toBe(true)
      return heard.find((event) => event.kind === kind) as never
    },
  }
}

const request = (call: number, name = 'b'): SessionCall => ({
  kind: 'request',
  call,
  lock: call,
  resource: { space: 'a', name },
  mode: 'EX',
  noQueue: false,
  useValue: false,
  notify: false,
  alone: true,
})

test('a bad frame ends that one channel, with a reason, and nobody else is touched', async () => {
  await using other = await connect(node.address, { token })
  const client = await rawClient()
  client.channel.send(new Uint8Array([0xc1, 1, 2, 3]))
  await client.closed
  const turnedAway = events.find(({ kind }) => kind === 'client-turned-away')
  expect(turnedAway).toMatchObject({ client: 'raw', reason: expect.stringContaining('bad frame') })
  await other.lockspace('a').request('b', (lock) => expect(lock.held).toBe(true))
})

test('who was turned away keeps its locks until its lease is over, as it may still believe in them', async () => {
  await using other = await connect(node.address, { token })
  const client = await rawClient()
  client.say(request(1), { kind: 'ping', call: 2, sent: 0 })
  expect(await client.until('completion')).toMatchObject({ outcome: 'granted' })
  const since = performance.now()
  client.channel.send(new Uint8Array([0xc1]))
  await client.closed
  await using lock = await other.lockspace('a').acquire('b')
  expect(lock.held).toBe(true)
  expect(performance.now() - since).toBeGreaterThan(LEASE_MS * 0.8)
})

test('who closed by itself keeps nothing', async () => {
  await using other = await connect(node.address, { token })
  const client = await rawClient()
  client.say(request(1))
  await client.until('completion')
  const since = performance.now()
  client.channel.close()
  await using lock = await other.lockspace('a').acquire('b')
  expect(lock.held).toBe(true)
  expect(performance.now() - since).toBeLessThan(LEASE_MS * 0.8)
})

test('a session that says nothing for its lease is ended', async () => {
  const client = await rawClient()
  client.say(request(1))
  expect(await client.until('closed')).toMatchObject({ reason: 'session-expired' })
})

test('calls over the limit of a session are refused, unlocks are not', async () => {
  const client = await rawClient()
  await client.until('opened')
  client.say(request(1, 'held'))
  await client.until('completion')
  client.say(...[2, 3, 4].map((call) => request(call, 'held')), request(5, 'other'))
  await expect
    .poll(() => client.heard.filter((event) => event.kind === 'completion').at(-1))
    .toMatchObject({ call: 5, outcome: 'refused' })
  client.say({ kind: 'query', call: 7, what: 'locks' })
  expect(await client.until('refused')).toMatchObject({ call: 7 })
  client.say({ kind: 'unlock', call: 6, lock: 1 })
  await expect
    .poll(() => client.heard.filter((event) => event.kind === 'completion'))
    .toContainEqual(expect.objectContaining({ call: 6, outcome: 'unlocked' }))
  for (const call of [8, 9, 10, 11]) {
    client.say({ kind: 'query', call, what: 'status' })
    await expect.poll(() => client.heard.at(-1)).toMatchObject({ kind: 'report', call })
  }
})

test('channels over the limit are closed at once', async () => {
  await rawClient()
  await rawClient()
  const third = await rawClient()
  await third.closed
  expect(third.heard).toEqual([])
})

test('a channel that takes nothing because the client has just died frees its locks at once', async () => {
  const { frames, gone, abandoned, deliver } = fakeGateway('refused')
  deliver({ kind: 'opened', session: 's', leaseMs: 1, node: 'n1' })
  await Promise.resolve()
  frames.onClose('the connection ended')
  expect([gone, abandoned]).toEqual([[1], []])
})

test('a client that does not read is turned away', async () => {
  vi.useFakeTimers()
  const { gone, abandoned, closed, deliver } = fakeGateway('refused')
  deliver({ kind: 'opened', session: 's', leaseMs: 1, node: 'n1' })
  await Promise.resolve()
  vi.runAllTimers()
  vi.useRealTimers()
  expect([gone, abandoned]).toEqual([[], [1]])
  expect(closed).toEqual(['the client does not read what it is told'])
})

interface FakeGateway {
  readonly frames: ChannelEvents
  readonly gone: number[]
  readonly abandoned: number[]
  readonly closed: (string | undefined)[]
  deliver(event: SessionEvent): void
}

/** A gateway with one channel, of which a test plays both sides. */
function fakeGateway(result: SendResult): FakeGateway {
  const gone: number[] = []
  const abandoned: number[] = []
  const closed: (string | undefined)[] = []
  let deliver: FakeGateway['deliver'] = () => undefined
  let frames: ChannelEvents | undefined
  const gateway = createGateway({
    desk: {
      open: (_, onEvent) => {
        deliver = onEvent
        return 1
      },
      call: () => true,
      gone: (session) => gone.push(session),
      abandon: (session) => abandoned.push(session),
      deliver: () => undefined,
      closeAll: () => undefined,
      size: 1,
    },
    frameBytesMax,
    limits: GATEWAY_LIMITS,
    onTurnedAway: () => undefined,
  })
  gateway.accept({
    remote: { cluster: 'c', node: 'raw', incarnation: '0123456789abcdef', role: 'client' },
    dialed: false,
    send: () => result,
    receive: (given) => {
      frames = given
    },
    close: (reason) => closed.push(reason),
  })
  if (frames === undefined) throw new Error('the gateway does not listen')
  return { frames, gone, abandoned, closed, deliver: (event) => deliver(event) }
}

test('a frame that came twice ends the session', async () => {
  const client = await rawClient()
  const frames = createCallWriter({ frameBytesMax }).encode([request(1)])
  for (const frame of [...frames, ...frames]) client.channel.send(frame)
  await client.closed
})
