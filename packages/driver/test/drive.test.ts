import { drive, type Tick } from '@holdfast/driver'
import type { Instant, Machine } from '@holdfast/primitives'
import { describe, expect, it } from 'vitest'
import { createFakeClock } from './fake-clock.ts'

type Input = { readonly kind: 'say'; readonly word: string } | { readonly kind: 'lost' }

/** Says back what it hears, and ticks at the deadline it is given. */
function createEcho(): Machine<Input | Tick, string> & { wake(at: Instant | undefined): void } {
  let outputs: string[] = []
  let deadline: Instant | undefined
  let inside = false
  return {
    handle(input, now) {
      expect(inside).toBe(false)
      inside = true
      if (input.kind === 'tick') deadline = undefined
      outputs.push(`${input.kind === 'say' ? input.word : input.kind}@${now}`)
      inside = false
    },
    drain() {
      const drained = outputs
      outputs = []
      return drained
    },
    deadline: () => deadline,
    wake(at) {
      deadline = at
    },
  }
}

function start(options: { inboxMax?: number; onOutput?: (output: string) => void } = {}) {
  const clock = createFakeClock()
  const machine = createEcho()
  const turns: (readonly string[])[] = []
  const driver = drive<Input, string>({
    machine,
    clock,
    execute(outputs) {
      turns.push(outputs)
      for (const output of outputs) options.onOutput?.(output)
    },
    clockJumped: () => ({ kind: 'lost' }),
    ...(options.inboxMax === undefined ? {} : { inboxMax: options.inboxMax }),
  })
  return { clock, machine, turns, driver }
}

const say = (word: string): Input => ({ kind: 'say', word })

describe('a driver', () => {
  it('handles all inputs of a turn, then carries out the orders together', async () => {
    const { clock, turns, driver } = start()
    driver.push(say('a'))
    driver.push(say('b'))
    expect(turns).toEqual([])
    await clock.settle()
    expect(turns).toEqual([['a@1000', 'b@1000']])
  })

  it('never enters the machine from its own orders', async () => {
    const { clock, turns, driver } = start({
      onOutput(output) {
        if (output === 'a@1000') driver.push(say('answer'))
      },
    })
    driver.push(say('a'))
    driver.push(say('b'))
    await clock.settle()
    expect(turns).toEqual([['a@1000', 'b@1000'], ['answer@1000']])
  })

  it('ticks the machine at its deadline, by one timer', async () => {
    const { clock, machine, turns, driver } = start()
    machine.wake(1_300)
    driver.push(say('a'))
    await clock.settle()
    expect(clock.alarms).toBe(1)
    await clock.advance(299)
    expect(turns.flat()).toEqual(['a@1000'])
    await clock.advance(1)
    expect(turns.flat()).toEqual(['a@1000', 'tick@1300'])
    expect(clock.alarms).toBe(0)
  })

  it('follows a deadline that comes nearer, and one that moves away', async () => {
    const { clock, machine, turns, driver } = start()
    machine.wake(5_000)
    driver.push(say('a'))
    await clock.settle()
    machine.wake(1_100)
    driver.push(say('b'))
    await clock.settle()
    expect(clock.alarms).toBe(1)
    machine.wake(1_200)
    await clock.advance(199)
    expect(turns.flat()).toEqual(['a@1000', 'b@1000'])
    await clock.advance(1)
    expect(turns.flat().at(-1)).toBe('tick@1200')
  })

  it('asks a machine that begins with a deadline', async () => {
    const clock = createFakeClock()
    const machine = createEcho()
    machine.wake(1_000)
    const outputs: string[] = []
    drive<Input, string>({ machine, clock, execute: (some) => void outputs.push(...some) })
    await clock.settle()
    expect(outputs).toEqual(['tick@1000'])
  })

  it('reads what has arrived before it ticks', async () => {
    const { clock, machine, turns, driver } = start()
    machine.wake(1_100)
    driver.push(say('first'))
    await clock.settle()
    // The alarm is late, as after a stop of the process; what arrived meanwhile is read in its turn.
    clock.after(100, () => driver.push(say('waited in the socket')))
    await clock.advance(500)
    expect(turns.flat().slice(1)).toEqual(['waited in the socket@1100', 'tick@1100'])
  })

  it('tells of lost time before anything else', async () => {
    const { clock, turns, driver } = start()
    await clock.advance(200)
    clock.suspend(60_000)
    driver.push(say('after'))
    await clock.settle()
    expect(turns.flat()).toEqual(['lost@1200', 'after@1200'])
  })

  it('takes a bounded number of inputs', async () => {
    const { clock, turns, driver } = start({ inboxMax: 2 })
    expect([driver.push(say('a')), driver.push(say('b')), driver.push(say('c'))]).toEqual([
      true,
      true,
      false,
    ])
    await clock.settle()
    expect(driver.push(say('d'))).toBe(true)
    await clock.settle()
    expect(turns.flat()).toEqual(['a@1000', 'b@1000', 'd@1000'])
  })

  it('does nothing more once it was stopped', async () => {
    const { clock, machine, turns, driver } = start()
    machine.wake(1_100)
    driver.push(say('a'))
    await clock.settle()
    driver.push(say('b'))
    driver.stop()
    driver.stop()
    expect(driver.push(say('c'))).toBe(false)
    await clock.advance(1_000)
    expect(turns.flat()).toEqual(['a@1000'])
    expect(clock.alarms).toBe(0)
  })
})
