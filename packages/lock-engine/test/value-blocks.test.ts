import { describe, expect, test } from 'vitest'
import type { LockMode } from '../src/messages.ts'
import { modePairs, modes, valueCell } from './harness/specification.ts'
import type { Held } from './harness/world.ts'
import { bytesOf, lastOutcome, outcomes, textOf, World } from './harness/world.ts'

interface Setting {
  readonly world: World
  /** A lock in NL on node 1 that keeps the resource alive and can read its value block. */
  readonly anchor: Held
  readonly holder: number
}

const places = [
  { where: 'at the master', nodes: 1, holder: 1 },
  { where: 'away from the master', nodes: 2, holder: 2 },
]

/** A resource whose value block is `before`, mastered by node 1. */
function settingOf({ nodes, holder }: { nodes: number; holder: number }): Setting {
  const world = new World({ nodes })
  const anchor = world.request(world.session(1), 'r', 'NL')
  world.settle()
  const writer = world.request(world.session(1), 'r', 'EX')
  world.unlock(writer, { value: bytesOf('before') })
  world.settle()
  return { world, anchor, holder }
}

function take({ world, holder }: Setting, mode: LockMode): Held {
  const lock = world.request(world.session(holder), 'r', mode)
  world.settle()
  expect(outcomes(lock)).toEqual([`granted ${mode}`])
  return lock
}

/** What the resource's value block is now, read by NL to NL. */
function valueNow({ world, anchor }: Setting): string {
  world.convert(anchor, 'NL', { useValue: true })
  world.settle()
  const { outcome, value } = anchor.completions.at(-1) ?? {}
  expect([outcome, value !== undefined]).toEqual(['granted', true])
  return `${textOf(value?.bytes)}${value?.valid === true ? '' : ' (not valid)'}`
}

describe.each(places)('$where', (place) => {
  test.each(modes)('a request in %s reads the value', (to) => {
    const setting = settingOf(place)
    const { world, holder } = setting
    const lock = world.request(world.session(holder), 'r', to, { useValue: true })
    world.settle()
    expect(valueCell('none', to)).toBe('R')
    expect(textOf(lock.completions[0]?.value?.bytes)).toBe('before')
    expect(lock.completions[0]?.value?.valid).toBe(true)
    expect(valueNow(setting)).toBe('before')
  })

  test.each(modePairs)('%s to %s moves the value as the table says', (from, to) => {
    const setting = settingOf(place)
    const { world } = setting
    const lock = take(setting, from)
    const cell = valueCell(from, to)
    world.convert(lock, to, {
      useValue: true,
      ...(cell === 'W' ? { value: bytesOf('after') } : {}),
    })
    world.settle()
    const { value } = lock.completions[1] ?? {}
    expect(outcomes(lock)[1]).toBe(`granted ${to}`)
    expect(value?.valid).toBe(true)
    if (cell === 'R') expect(textOf(value?.bytes)).toBe('before')
    if (cell === '-') expect(textOf(value?.bytes)).not.toBe('before')
    expect(valueNow(setting)).toBe(cell === 'W' ? 'after' : 'before')
  })

  test.each(modePairs)('%s to %s moves nothing for who does not ask', (from, to) => {
    const setting = settingOf(place)
    const { world } = setting
    const lock = take(setting, from)
    world.convert(lock, to)
    world.settle()
    expect(outcomes(lock)[1]).toBe(`granted ${to}`)
    expect(lock.completions.map(({ value }) => value)).toEqual([undefined, undefined])
    expect(valueNow(setting)).toBe('before')
  })

  test.each(modePairs)('%s to %s reports a value that is not valid', (from, to) => {
    const setting = settingOf(place)
    const { world } = setting
    world.unlock(take(setting, 'EX'), { invalidate: true })
    const lock = take(setting, from)
    const cell = valueCell(from, to)
    world.convert(lock, to, {
      useValue: true,
      ...(cell === 'W' ? { value: bytesOf('after') } : {}),
    })
    world.settle()
    expect(lock.completions[1]?.value?.valid).toBe(cell === 'W')
    expect(valueNow(setting)).toBe(cell === 'W' ? 'after' : 'before (not valid)')
  })

  test.each(modePairs.filter(([from, to]) => valueCell(from, to) === 'W'))(
    '%s to %s with the value block and no bytes is refused and changes nothing',
    (from, to) => {
      const setting = settingOf(place)
      const { world } = setting
      const lock = take(setting, from)
      world.convert(lock, to, { useValue: true })
      world.settle()
      expect(lastOutcome(lock)).toBe('refused')
      expect(lock.completions[1]?.reason?.length).toBeGreaterThan(10)
      expect(valueNow(setting)).toBe('before')
      const other = world.request(world.session(1), 'r', 'CR', { noQueue: true })
      world.settle()
      expect(lastOutcome(other)).toBe(from === 'EX' ? 'denied' : 'granted')
    },
  )

  test.each(['PW', 'EX'] as const)('unlock from %s writes, or marks, if asked', (mode) => {
    const setting = settingOf(place)
    const { world } = setting
    world.unlock(take(setting, mode))
    world.settle()
    expect(valueNow(setting)).toBe('before')
    world.unlock(take(setting, mode), { value: bytesOf('after') })
    world.settle()
    expect(valueNow(setting)).toBe('after')
    const marked = take(setting, mode)
    world.unlock(marked, { invalidate: true })
    world.settle()
    expect(valueNow(setting)).toBe('after (not valid)')
    expect(marked.completions[1]?.value).toBeUndefined()
    world.unlock(take(setting, mode), { value: bytesOf('later') })
    world.settle()
    expect(valueNow(setting)).toBe('later')
  })

  test.each(modes.filter((mode) => mode !== 'PW' && mode !== 'EX'))(
    'unlock from %s cannot write or mark: it is refused and the lock stays',
    (mode) => {
      const setting = settingOf(place)
      const { world } = setting
      const lock = take(setting, mode)
      world.unlock(lock, { value: bytesOf('after') })
      world.unlock(lock, { invalidate: true })
      world.settle()
      expect(outcomes(lock).slice(1)).toEqual([`refused ${mode}`, `refused ${mode}`])
      expect(valueNow(setting)).toBe('before')
      world.unlock(lock)
      world.settle()
      expect(lastOutcome(lock)).toBe('unlocked')
      expect(valueNow(setting)).toBe('before')
    },
  )

  test('unlock of a request that waits may bring a value, which is not written', () => {
    const setting = settingOf(place)
    const { world, holder } = setting
    take(setting, 'PR')
    const waiting = world.request(world.session(holder), 'r', 'EX')
    world.settle()
    world.unlock(waiting, { value: bytesOf('after') })
    world.settle()
    expect(outcomes(waiting)).toEqual(['unlocked', 'unlocked'])
    expect(valueNow(setting)).toBe('before')
  })

  test.each(modes)(
    'a session that ends with a lock in %s leaves the value valid or not',
    (mode) => {
      const setting = settingOf(place)
      const { world } = setting
      world.close(take(setting, mode).session)
      world.settle()
      const isWriter = mode === 'PW' || mode === 'EX'
      expect(valueNow(setting)).toBe(isWriter ? 'before (not valid)' : 'before')
    },
  )

  test('a session that ends while it waits for a writing mode leaves the value valid', () => {
    const setting = settingOf(place)
    const { world, holder } = setting
    const reader = take(setting, 'PR')
    const converting = take(setting, 'NL')
    world.convert(converting, 'PW')
    const waiting = world.request(world.session(holder), 'r', 'EX')
    world.settle()
    world.close(waiting.session)
    world.close(converting.session)
    world.settle()
    expect([...outcomes(waiting), ...outcomes(converting)]).toEqual(['granted NL'])
    world.unlock(reader)
    world.settle()
    expect(valueNow(setting)).toBe('before')
  })

  test('a session that ends while it converts from PW makes the value not valid', () => {
    const setting = settingOf(place)
    const { world } = setting
    take(setting, 'CR')
    const lock = take(setting, 'PW')
    world.convert(lock, 'EX')
    world.settle()
    expect(outcomes(lock)).toEqual(['granted PW'])
    world.close(lock.session)
    world.settle()
    expect(valueNow(setting)).toBe('before (not valid)')
  })

  test('an unlock while converting from CR may bring no value: it has nothing to write with', () => {
    const setting = settingOf(place)
    const { world } = setting
    take(setting, 'PR')
    const lock = take(setting, 'CR')
    world.convert(lock, 'EX')
    world.settle()
    world.unlock(lock, { value: bytesOf('after') })
    world.unlock(lock, { invalidate: true })
    world.settle()
    expect(outcomes(lock)).toEqual(['granted CR', 'refused CR', 'refused CR'])
    expect(valueNow(setting)).toBe('before')
  })

  test('an unlock while converting from PW writes', () => {
    const setting = settingOf(place)
    const { world } = setting
    take(setting, 'CR')
    const lock = take(setting, 'PW')
    world.convert(lock, 'EX')
    world.settle()
    world.unlock(lock, { value: bytesOf('after') })
    world.settle()
    expect(outcomes(lock)).toEqual(['granted PW', 'unlocked', 'unlocked'])
    expect(valueNow(setting)).toBe('after')
  })

  test('a denied conversion reads nothing', () => {
    const setting = settingOf(place)
    const { world } = setting
    take(setting, 'PR')
    const lock = take(setting, 'CR')
    world.convert(lock, 'EX', { useValue: true, noQueue: true })
    world.settle()
    expect(outcomes(lock)).toEqual(['granted CR', 'denied CR'])
    expect(lock.completions[1]?.value).toBeUndefined()
  })

  test('reading does not make a value valid, writing does', () => {
    const setting = settingOf(place)
    const { world } = setting
    world.unlock(take(setting, 'PW'), { invalidate: true })
    world.settle()
    expect([valueNow(setting), valueNow(setting)]).toEqual([
      'before (not valid)',
      'before (not valid)',
    ])
    const writer = take(setting, 'EX')
    world.convert(writer, 'NL', { useValue: true, value: bytesOf('after') })
    world.settle()
    expect(valueNow(setting)).toBe('after')
  })

  test('the value ends with the last lock', () => {
    const setting = settingOf(place)
    const { world, anchor } = setting
    world.unlock(anchor)
    world.settle()
    const lock = world.request(world.session(place.holder), 'r', 'CR', { useValue: true })
    world.settle()
    expect(textOf(lock.completions[0]?.value?.bytes)).toBe('')
    expect(lock.completions[0]?.value?.valid).toBe(true)
  })

  test('a value that was marked before anybody wrote one is not valid', () => {
    const world = new World({ nodes: place.nodes })
    world.request(world.session(1), 'r', 'NL')
    world.settle()
    const marker = world.request(world.session(place.holder), 'r', 'EX')
    world.settle()
    world.unlock(marker, { invalidate: true })
    world.settle()
    const lock = world.request(world.session(place.holder), 'r', 'CR', { useValue: true })
    world.settle()
    expect(lock.completions[0]?.value?.valid).toBe(false)
  })
})
