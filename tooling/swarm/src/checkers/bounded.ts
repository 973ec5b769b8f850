import { type Checker, Violation } from './checker.ts'

const NAME = 'bounded'

/** No table or queue of a process grows over its limit. */
export function createBounded(): Checker {
  return {
    name: NAME,
    onSizes({ process, sizes }) {
      for (const { what, size, max } of sizes) {
        if (size > max) {
          throw new Violation(NAME, `${process.node} has ${size} ${what}; the limit is ${max}`)
        }
      }
    },
  }
}
