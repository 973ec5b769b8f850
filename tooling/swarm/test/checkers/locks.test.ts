import { describe, expect, test } from 'vitest'
import { createCompatibleGrants } from '../../src/checkers/compatible-grants.ts'
import { createFairOrder } from '../../src/checkers/fair-order.ts'
import { createOrphans } from '../../src/checkers/orphans.ts'
import { createServiceExclusion } from '../../src/checkers/service-exclusion.ts'
import { createTokensRise } from '../../src/checkers/tokens-rise.ts'
import { belief, grant, installed, process } from './made-up.ts'

describe('compatible-grants', () => {
  test('an EX beside a PR that is still believed in is a violation', () => {
    const checker = createCompatibleGrants()
    checker.onGrant?.(grant(belief('a'), 'PR'))
    expect(() => checker.onGrant?.(grant(belief('b'), 'EX'))).toThrow(/EX on a\/r of b/)
  })

  test('it is none when the reader has yielded, or its deadline has passed', () => {
    const checker = createCompatibleGrants()
    const yielded = belief('a')
    checker.onGrant?.(grant(yielded, 'PR'))
    yielded.mode = undefined
    checker.onGrant?.(grant(belief('b', { trust: { until: 150 } }), 'PR'))
    checker.onGrant?.(grant(belief('c'), 'EX', { at: 150 }))
  })

  test('one instant before the deadline it is one', () => {
    const checker = createCompatibleGrants()
    checker.onGrant?.(grant(belief('b', { trust: { until: 150 } }), 'PR'))
    expect(() => checker.onGrant?.(grant(belief('c'), 'EX', { at: 149.999 }))).toThrow()
  })

  const low = { start: 0n, end: 9n }

  test('parts that touch may be held together, parts that overlap may not', () => {
    const checker = createCompatibleGrants()
    checker.onGrant?.(grant(belief('a', { range: low }), 'EX'))
    checker.onGrant?.(grant(belief('b', { range: { start: 10n, end: 19n } }), 'EX'))
    const overlapping = belief('c', { range: { start: 9n, end: 9n } })
    expect(() => checker.onGrant?.(grant(overlapping, 'PR'))).toThrow(/PR \[9, 9\]/)
  })

  test('locks of one owner are in nobody’s way, those of another are', () => {
    const checker = createCompatibleGrants()
    checker.onGrant?.(grant(belief('a', { owner: 'x' }), 'EX'))
    checker.onGrant?.(grant(belief('b', { owner: 'x' }), 'EX'))
    expect(() => checker.onGrant?.(grant(belief('c', { owner: 'y' }), 'CR'))).toThrow(/owner y/)
  })

  test('an orphan goes on, until an heir has it', () => {
    const [checker, orphans] = [createCompatibleGrants(), createOrphans()]
    const left = belief('nobody', { mode: 'PR' })
    const fact = { at: 100, belief: left, former: belief('a'), certain: true, incarnation: 'n1-1' }
    for (const one of [orphans, checker]) one.onOrphan?.(fact)
    expect(() => checker.onGrant?.(grant(belief('b'), 'EX'))).toThrow(/of nobody/)
    orphans.onGrant?.(grant(belief('heir'), 'PR', { adopted: true }))
    checker.onGrant?.(grant(belief('c'), 'EX'))
    const twice = () => orphans.onGrant?.(grant(belief('late'), 'PR', { adopted: true }))
    expect(twice).toThrow(/nobody left, or somebody has adopted before/)
  })

  test('an heir takes none that was left at a node without power, if there is another one', () => {
    const [checker, orphans] = [createCompatibleGrants(), createOrphans()]
    for (const [until, incarnation] of [
      [90, 'n1-1'],
      [200, 'n2-1'],
    ] as const) {
      const left = belief('nobody', { mode: 'PR', trust: { until } })
      const fact = { at: 80, belief: left, former: belief('a'), certain: true, incarnation }
      for (const one of [orphans, checker]) one.onOrphan?.(fact)
    }
    orphans.onGrant?.(grant(belief('heir'), 'PR', { at: 100, adopted: true }))
    checker.onGrant?.(grant(belief('c'), 'EX', { at: 100 }))
  })

  test('an orphan that is left while a purge is under way may be gone, one left after it is not', () => {
    const [checker, orphans] = [createCompatibleGrants(), createOrphans()]
    const leave = (name: string) => {
      const left = belief(name, { mode: 'PR' })
      const fact = {
        at: 100,
        belief: left,
        former: belief('a'),
        certain: true,
        incarnation: 'n1-1',
      }
      for (const one of [orphans, checker]) one.onOrphan?.(fact)
    }
    const purge = { space: 'a' }
    orphans.onPurging?.(purge, 'asked')
    leave('early')
    const writer = belief('b')
    checker.onGrant?.(grant(writer, 'EX'))
    writer.mode = undefined
    orphans.onPurging?.(purge, 'purged')
    leave('late')
    expect(() => checker.onGrant?.(grant(belief('c'), 'EX'))).toThrow(/of late/)
  })

  test('an adoption that nobody heard the end of may take an orphan that is left later', () => {
    const [checker, orphans] = [createCompatibleGrants(), createOrphans()]
    orphans.onAdopting?.(belief('gone'), 'unheard')
    const left = belief('nobody', { mode: 'PR' })
    const fact = { at: 100, belief: left, former: belief('a'), certain: true, incarnation: 'n1-1' }
    for (const one of [orphans, checker]) one.onOrphan?.(fact)
    checker.onGrant?.(grant(belief('b'), 'EX'))
  })

  test('a purge of one node takes nothing that a session of another has left', () => {
    const [checker, orphans] = [createCompatibleGrants(), createOrphans()]
    const nodes = [process('n1'), process('n2')]
    orphans.onInstalled?.(installed(process('n1'), 1, nodes))
    for (const { node, incarnation } of nodes) {
      const left = belief(`left at ${node}`, { mode: 'PR', resource: `a/${node}` })
      const fact = { at: 100, belief: left, former: belief('a'), certain: true, incarnation }
      for (const one of [orphans, checker]) one.onOrphan?.(fact)
    }
    orphans.onPurging?.({ node: 2 }, 'asked')
    checker.onGrant?.(grant(belief('b', { resource: 'a/n2' }), 'EX'))
    const other = () => checker.onGrant?.(grant(belief('b', { resource: 'a/n1' }), 'EX'))
    expect(other).toThrow(/of left at n1/)
  })

  test('a conversion of one lock does not conflict with itself', () => {
    const checker = createCompatibleGrants()
    const own = belief('a')
    checker.onGrant?.(grant(own, 'PR'))
    checker.onGrant?.(grant(own, 'EX'))
  })
})

describe('service-exclusion', () => {
  const copy = (resource: string, lock: number, mode: 'PR' | 'EX' | 'NL') => ({
    resource,
    above: undefined,
    session: 1,
    lock,
    mode,
    range: undefined,
    owner: undefined,
    orphan: false,
    unlocking: false,
  })

  test('copies of two processes on one resource are compared', () => {
    const checker = createServiceExclusion()
    const tables = [
      { process: process('n1'), copies: [copy('a/r', 1, 'PR'), copy('a/s', 2, 'EX')] },
      { process: process('n2'), copies: [copy('a/r', 3, 'PR'), copy('a/s', 4, 'NL')] },
    ]
    checker.onTables?.({ at: 1, tables })
    const bad = { process: process('n3'), copies: [copy('a/r', 31, 'EX')] }
    expect(() => checker.onTables?.({ at: 2, tables: [...tables, bad] })).toThrow(/lock 31/)
  })
})

describe('fair-order', () => {
  test('who asked later is not granted first, but who waits no more does not count', () => {
    const checker = createFairOrder()
    const [first, gone] = [belief('first'), belief('gone')]
    checker.onAsk?.({ at: 10_000, belief: first, mode: 'EX', range: undefined })
    checker.onAsk?.({ at: 10_000, belief: gone, mode: 'EX', range: undefined })
    checker.onNoMore?.(gone)
    const later = { at: 12_000, calledAt: 11_500 }
    const asked = belief('later')
    checker.onAsk?.({ at: 11_500, belief: asked, mode: 'PR', range: undefined })
    checker.onGrant?.(grant(asked, 'PR', later))
    const passedOver = () => checker.onGrant?.(grant(first, 'EX', { at: 12_500, calledAt: 10_000 }))
    expect(passedOver).toThrow(/before first/)
  })

  test('who is passed over and then waits no more was about to end', () => {
    const checker = createFairOrder()
    const [first, later] = [belief('first'), belief('later')]
    checker.onAsk?.({ at: 10_000, belief: first, mode: 'EX', range: undefined })
    checker.onAsk?.({ at: 11_500, belief: later, mode: 'PR', range: undefined })
    checker.onGrant?.(grant(later, 'PR', { at: 12_000, calledAt: 11_500 }))
    checker.onNoMore?.(first)
  })
})

describe('tokens-rise', () => {
  test('an exclusive grant with the token of an earlier one is a violation', () => {
    const checker = createTokensRise()
    checker.onGrant?.(grant(belief('a'), 'EX', { token: 7n }))
    expect(() => checker.onGrant?.(grant(belief('b'), 'PW', { token: 7n }))).toThrow(/token 7/)
  })

  test('so is a lower one, also after writers that shared', () => {
    const checker = createTokensRise()
    checker.onGrant?.(grant(belief('a'), 'CW', { token: 9n }))
    checker.onGrant?.(grant(belief('b'), 'CW', { token: 8n }))
    expect(() => checker.onGrant?.(grant(belief('c'), 'EX', { token: 8n }))).toThrow()
    expect(() => checker.onGrant?.(grant(belief('c'), 'EX', { token: 5n }))).toThrow(/5 after 9/)
  })

  test('a write mode without a token and a read mode with one are violations', () => {
    const checker = createTokensRise()
    expect(() => checker.onGrant?.(grant(belief('a'), 'EX'))).toThrow(/without a token/)
    expect(() => checker.onGrant?.(grant(belief('a'), 'PR', { token: 1n }))).toThrow(/with a token/)
  })

  test('a conversion to a weaker mode may keep its token, one to a stronger may not', () => {
    const checker = createTokensRise()
    const own = belief('a')
    checker.onGrant?.(grant(own, 'EX', { token: 7n }))
    checker.onGrant?.(grant(own, 'CW', { token: 7n }))
    expect(() => checker.onGrant?.(grant(own, 'EX', { token: 7n }))).toThrow(/given out before/)
  })

  test('what a client hears after its deadline counts for nothing', () => {
    const checker = createTokensRise()
    checker.onGrant?.(grant(belief('a'), 'EX', { token: 9n }))
    checker.onGrant?.(grant(belief('b', { trust: { until: 50 } }), 'EX', { token: 3n }))
  })
})
