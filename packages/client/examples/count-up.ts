import { counter, type Lock } from '@holdfast/client'

/**
 * The next number of a series that a cluster counts together. `lock` is held in NL with `useValue` as
 * long as the program runs: the value lives as long as anybody has a lock on the name.
 */
export async function countUp(lock: Lock): Promise<bigint> {
  await lock.convert('EX')
  const read = lock.read(counter)
  if (read.state === 'not-valid') {
    await lock.convert('NL')
    throw new Error(`a writer died; the last number known is ${read.last}`)
  }
  const next = read.state === 'valid' ? read.value + 1n : 1n
  await lock.convert('NL', { value: counter.of(next) })
  return next
}
