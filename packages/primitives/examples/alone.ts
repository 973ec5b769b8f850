// examples/alone.ts
import { createRandom, createTimerTable, type Instant, type Machine } from '@holdfast/primitives'

type Input = { readonly kind: 'tick' } | { readonly kind: 'heard' }
type Output = { readonly kind: 'ask' } | { readonly kind: 'give-up' }

/** Asks a peer until it is heard, at growing intervals with some chance in them; gives up in the end. */
export function createAsker(seed: string): Machine<Input, Output> {
  const random = createRandom(seed)
  const timers = createTimerTable<'ask'>()
  let outputs: Output[] = []
  let asked = 0
  timers.set('ask', 0)

  const ask = (now: Instant): void => {
    asked += 1
    outputs.push({ kind: asked > 5 ? 'give-up' : 'ask' })
    if (asked <= 5) timers.set('ask', now + 100 * 2 ** asked + random.below(50))
  }

  return {
    handle(input, now) {
      if (input.kind === 'heard') timers.clear('ask')
      for (const _due of timers.expire(now)) ask(now)
    },
    drain() {
      const drained = outputs
      outputs = []
      return drained
    },
    deadline: () => timers.next(),
  }
}

/** Runs the machine to its end in no time at all, since time is an argument. */
export function play(seed: string): readonly string[] {
  const asker = createAsker(seed)
  const lines: string[] = []
  for (let at = asker.deadline(); at !== undefined; at = asker.deadline()) {
    asker.handle({ kind: 'tick' }, at)
    for (const output of asker.drain()) lines.push(`${at} ms: ${output.kind}`)
  }
  return lines
}
