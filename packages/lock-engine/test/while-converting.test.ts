import { expect, test } from 'vitest'
import { type LockMode, lockModes } from '../src/lock-mode.ts'
import { whileConverting } from '../src/rules.ts'

// What two modes both allow, written from the compatibility matrix of the literature: the strongest
// mode that is compatible with whatever either one is compatible with.
const common: Readonly<Record<LockMode, readonly LockMode[]>> = {
  NL: ['NL', 'NL', 'NL', 'NL', 'NL', 'NL'],
  CR: ['NL', 'CR', 'CR', 'CR', 'CR', 'CR'],
  CW: ['NL', 'CR', 'CW', 'CR', 'CW', 'CW'],
  PR: ['NL', 'CR', 'CR', 'PR', 'PR', 'PR'],
  PW: ['NL', 'CR', 'CW', 'PR', 'PW', 'PW'],
  EX: ['NL', 'CR', 'CW', 'PR', 'PW', 'EX'],
}

test.each(lockModes)('of %s remains what both modes allow', (from) => {
  const left = lockModes.map((mode) => whileConverting({ mode: from }, { mode }).mode)
  expect(left).toEqual(common[from])
})

test('an alternate may be what is granted', () => {
  const left = (to: Parameters<typeof whileConverting>[1]) =>
    whileConverting({ mode: 'PW' }, to).mode
  expect(left({ mode: 'EX', alternatePR: true })).toBe('PR')
  expect(left({ mode: 'EX', alternateCW: true })).toBe('CW')
  expect(left({ mode: 'EX', alternatePR: true, alternateCW: true })).toBe('CR')
})

test('with demote it may be NL before it is anything else', () => {
  expect(whileConverting({ mode: 'PR' }, { mode: 'EX', demote: true }).mode).toBe('NL')
})

test('of a part remains what both have in common, and without that nothing', () => {
  const from = { mode: 'EX', range: { start: 10n, end: 19n } } as const
  const to = (start: bigint, end: bigint) =>
    whileConverting(from, { mode: 'EX', range: { start, end } })
  expect(to(15n, 30n)).toEqual({ mode: 'EX', range: { start: 15n, end: 19n } })
  expect(to(0n, 100n)).toEqual(from)
  expect(to(20n, 29n)).toEqual({ mode: 'NL', range: { start: 10n, end: 19n } })
  expect(whileConverting(from, { mode: 'EX' })).toEqual(from)
})
