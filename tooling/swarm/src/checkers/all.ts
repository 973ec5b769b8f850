import type { KnownLocks } from '../onlooker/known-locks.ts'
import { createAuthority } from './authority.ts'
import { createBlockingNotices } from './blocking-notices.ts'
import { createBounded } from './bounded.ts'
import type { Checker } from './checker.ts'
import { createCompatibleGrants } from './compatible-grants.ts'
import { createDeadlocks } from './deadlocks.ts'
import { createFairOrder } from './fair-order.ts'
import { createLockspaces } from './lockspaces.ts'
import { createNoActAfterEviction } from './no-act-after-eviction.ts'
import { createOneCompletion } from './one-completion.ts'
import { createOnePower } from './one-power.ts'
import { createOneViewPerEpoch } from './one-view-per-epoch.ts'
import { createOrphans } from './orphans.ts'
import { createOwnDeadlocks } from './own-deadlocks.ts'
import { createServiceExclusion } from './service-exclusion.ts'
import { createTimeLimits } from './time-limits.ts'
import { createTokensRise } from './tokens-rise.ts'
import { createTrees } from './trees.ts'
import { createValueBlock } from './value-block.ts'
import { createViewsRise } from './views-rise.ts'

/**
 * One of each, fresh, in the order in which they are asked. Order is judged only where nothing is
 * lost or late: from outside nobody can tell when a request reached its master.
 */
export function createCheckers(
  world: { readonly calm: boolean; readonly timing: { readonly rho: number } },
  locks: KnownLocks,
): readonly Checker[] {
  const ofCalm = world.calm ? [createFairOrder()] : []
  return [
    ...ofCalm,
    createOneViewPerEpoch(),
    createViewsRise(),
    createOnePower(),
    createNoActAfterEviction(),
    createOrphans(),
    createCompatibleGrants(),
    createServiceExclusion(),
    createTokensRise(),
    createValueBlock(),
    createOneCompletion(),
    createTrees(),
    createDeadlocks(world),
    createOwnDeadlocks(locks),
    createTimeLimits(world.timing),
    createBlockingNotices(),
    createLockspaces(),
    createAuthority(),
    createBounded(),
  ]
}
