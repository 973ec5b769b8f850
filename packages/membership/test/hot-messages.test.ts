import { createRandom } from '@holdfast/primitives'
import { expect, test } from 'vitest'
import { isHotMessage } from '../src/hot-messages.ts'
import { parseBySchema } from '../src/message-schema.ts'

const heartbeat = {
  kind: 'heartbeat',
  cluster: 'c',
  clusterId: 'id',
  epoch: 3,
  address: 'ws://127.0.0.1:1',
  storageId: 'disk',
  sequence: 7,
  active: 2,
  leading: { round: 4, node: 'n1' },
  suspects: ['n2'],
  health: 0,
}
const support = {
  kind: 'support',
  cluster: 'c',
  clusterId: 'id',
  epoch: 3,
  address: '',
  supported: '0123456789abcdef',
  echo: 9,
  active: 3,
}

const strange: readonly unknown[] = [
  undefined,
  null,
  '',
  'n1',
  'a b',
  'x'.repeat(65),
  'x'.repeat(257),
  0,
  -1,
  1.5,
  8,
  9,
  2 ** 48,
  2 ** 48 + 1,
  2 ** 53,
  Number.NaN,
  1n,
  true,
  [],
  ['n1', 'n2'],
  ['n1', 3],
  Array.from({ length: 161 }, () => 'n1'),
  {},
  { round: 0, node: 'n1' },
  { round: 1, node: 'n1' },
  { round: 1, node: 'n1', more: 1 },
]

test('the table says of a hot message what the schema says, for changed fields of every kind', () => {
  const random = createRandom('hot messages')
  let agreed = 0
  for (let round = 0; round < 20_000; round += 1) {
    const message: Record<string, unknown> = { ...random.pick([heartbeat, support]) }
    for (let change = random.below(3); change > 0; change -= 1) {
      const field = random.pick([...Object.keys(message).slice(1), 'more'])
      if (random.chance(1, 4)) delete message[field]
      else message[field] = random.pick(strange)
    }
    const isFine = parseBySchema(message) !== undefined
    if (isFine) agreed += 1
    expect([isHotMessage(message), message]).toEqual([isFine, message])
  }
  expect(agreed).toBeGreaterThan(4_000)
})

test('other messages are left to the schema', () => {
  const behind = { kind: 'behind', cluster: 'c', epoch: 0, address: '' }
  expect(parseBySchema(behind)).toBeDefined()
  expect(isHotMessage(behind)).toBe(false)
})
