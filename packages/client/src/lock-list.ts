import type { LockFilter, LockReport, SessionCall } from '@holdfast/lock-engine/messages'
import { type ResourceAddress, resourceOf } from './name.ts'
import type { Session } from './session/session.ts'

/** Which locks to list. */
export interface LockQuery {
  /** `cluster`: all of them. `node`: those that the node of the session masters. Default `cluster`. */
  readonly scope?: 'node' | 'cluster'
  /** With `cluster` only. All that are given must hold. */
  readonly filter?: LockQueryFilter
  /** Locks that are asked for at once, 1 to 1,000. Default 1,000. */
  readonly pageSize?: number
  /**
   * Called when locks may be missing, because a node had not been told yet of all that it took over after a
   * change of the cluster, or may not act now. Once a page.
   */
  readonly onPartial?: () => void
}

export interface LockQueryFilter extends Omit<LockFilter, 'resource'> {
  readonly resource?: ResourceAddress
}

type Query = Omit<Extract<SessionCall, { readonly kind: 'query' }>, 'call'>

/**
 * Asks page by page, as far as the reader goes. Each lock that is there all the time comes exactly once;
 * one that comes or goes meanwhile may be there or not. Rejects with `CallRefusedError` when the cluster
 * changes meanwhile. All pages come from one session: it rejects with `SessionClosedError` when that ends.
 */
export async function* listLocks(
  openSession: () => Promise<Session>,
  query: LockQuery,
): AsyncGenerator<LockReport, void, undefined> {
  const first = queryOf(query)
  const session = await openSession()
  let after: string | undefined
  do {
    const {
      locks = [],
      next,
      partial,
    } = await session.ask(after === undefined ? first : { ...first, after })
    if (partial === true) query.onPartial?.()
    yield* locks
    after = next
  } while (after !== undefined)
}

function queryOf({
  scope = 'cluster',
  filter,
  pageSize,
  onPartial: _,
  ...others
}: LockQuery): Query {
  return {
    // There should be none. What is not known is sent along, so that it is refused by its name.
    ...others,
    kind: 'query',
    what: 'locks',
    scope,
    ...(pageSize === undefined ? {} : { limit: pageSize }),
    ...(filter === undefined ? {} : { filter: filterOf(filter) }),
  }
}

function filterOf({ resource, ...others }: LockQueryFilter): LockFilter {
  return resource === undefined ? others : { ...others, resource: resourceOf(resource) }
}
