import { type Clock, drive, type Tick } from '@holdfast/driver'
import type { Instant, Machine } from '@holdfast/primitives'

type Input = Tick | { readonly kind: 'start'; readonly beats: number }

/** A machine that knows neither clock nor timer: it names the instant at which it wants to go on. */
function createMetronome(intervalMs: number): Machine<Input, string> {
  let left = 0
  let next: Instant | undefined
  let outputs: string[] = []
  return {
    handle(input, now) {
      if (input.kind === 'start') {
        left = input.beats
      } else {
        left -= 1
        outputs.push(`beat, ${left} left`)
      }
      next = left > 0 ? now + intervalMs : undefined
    },
    drain() {
      const drained = outputs
      outputs = []
      return drained
    },
    deadline: () => next,
  }
}

/** Runs the metronome on a clock; resolves to what it said. */
export function beat(clock: Clock, beats: number): Promise<readonly string[]> {
  const said: string[] = []
  return new Promise((resolve) => {
    const driver = drive<Exclude<Input, Tick>, string>({
      machine: createMetronome(10),
      clock,
      execute(outputs) {
        said.push(...outputs)
        if (said.length < beats) return
        driver.stop()
        resolve(said)
      },
    })
    driver.push({ kind: 'start', beats })
  })
}
