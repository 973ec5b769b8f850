import type { Epoch, Incarnation } from '@holdfast/primitives'
import { type Checker, Violation } from './checker.ts'

const NAME = 'views-rise'

/** A process installs views in rising order: it may skip, it never goes back or installs one twice. */
export function createViewsRise(): Checker {
  const newest = new Map<Incarnation, Epoch>()
  return {
    name: NAME,
    onInstalled({ process, epoch }) {
      const before = newest.get(process.incarnation)
      if (before !== undefined && epoch <= before) {
        throw new Violation(NAME, `${process.node} installed epoch ${epoch} after epoch ${before}`)
      }
      newest.set(process.incarnation, epoch)
    },
  }
}
