import { createAuthority } from './authority.ts'
import { createBounded } from './bounded.ts'
import type { Checker } from './checker.ts'
import { createCompatibleGrants } from './compatible-grants.ts'
import { createFairOrder } from './fair-order.ts'
import { createNoActAfterEviction } from './no-act-after-eviction.ts'
import { createOneCompletion } from './one-completion.ts'
import { createOnePower } from './one-power.ts'
import { createOneViewPerEpoch } from './one-view-per-epoch.ts'
import { createServiceExclusion } from './service-exclusion.ts'
import { createTokensRise } from './tokens-rise.ts'
import { createValueBlock } from './value-block.ts'
import { createViewsRise } from './views-rise.ts'

/**
 * One of each, fresh, in the order in which they are asked. Order is judged only where nothing is
 * lost or late: from outside nobody can tell when a request reached its master.
 */
export function createCheckers(world: { readonly calm: boolean }): readonly Checker[] {
  const ofCalm = world.calm ? [createFairOrder()] : []
  return [
    ...ofCalm,
    createOneViewPerEpoch(),
    createViewsRise(),
    createOnePower(),
    createNoActAfterEviction(),
    createCompatibleGrants(),
    createServiceExclusion(),
    createTokensRise(),
    createValueBlock(),
    createOneCompletion(),
    createAuthority(),
    createBounded(),
  ]
}
