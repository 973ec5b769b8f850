import { expect, test } from 'vitest'
import { Queue, type Queued } from '../src/index.ts'

interface Item extends Queued<Item> {
  readonly name: string
}

function itemsOf(names: string): readonly Item[] {
  return [...names].map((name) => ({ name, before: undefined, behind: undefined }))
}

function shown(queue: Queue<Item>): string {
  return [...queue].map(({ name }) => name).join('')
}

test('items stand in the order in which they came, or before all others', () => {
  const queue = new Queue<Item>()
  const [a, b, c] = itemsOf('abc') as [Item, Item, Item]
  queue.addLast(b)
  queue.addLast(c)
  queue.addFirst(a)
  expect([shown(queue), queue.first?.name, queue.size]).toEqual(['abc', 'a', 3])
})

test.each([
  ['a', 'bc'],
  ['b', 'ac'],
  ['c', 'ab'],
])('without %s there is %s, and it may come again', (name, left) => {
  const queue = new Queue<Item>()
  const items = itemsOf('abc')
  for (const item of items) queue.addLast(item)
  const item = items.find((one) => one.name === name) as Item
  queue.remove(item)
  expect([shown(queue), queue.size]).toEqual([left, 2])
  queue.addLast(item)
  expect([shown(queue), queue.size]).toEqual([`${left}${name}`, 3])
})

test('may lose each item while it is looked at', () => {
  const queue = new Queue<Item>()
  for (const item of itemsOf('abc')) queue.addLast(item)
  const seen: string[] = []
  for (const item of queue) {
    queue.remove(item)
    seen.push(item.name)
  }
  expect([seen.join(''), queue.size, queue.first]).toEqual(['abc', 0, undefined])
})
