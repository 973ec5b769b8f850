/** What a session asks for in a query for locks, and what is wrong with it. */
import type { Epoch, NodeId } from '@holdfast/primitives'
import type { LockFilter, SessionCall } from '../messages.ts'
import { isKey, keyOfPath } from '../resource-key.ts'
import type { NodeNames } from './node-names.ts'
import { type AskedFilter, pageLocksMax } from './query-messages.ts'

export type QueryCall = Extract<SessionCall, { readonly kind: 'query' }>

/** Where a page begins: at a member, in the middle of a scan there, or at its beginning (0). */
export interface Place {
  readonly member: NodeId
  readonly scan: number
}

export interface Wanted {
  /** Of the member that is asked alone. */
  readonly isHere: boolean
  readonly filter: AskedFilter
  /** Absent: at the first member. */
  readonly after?: Place
  readonly limit: number
}

/** What begins in one view does not go on in another one: locks may have other masters then. */
export const changedSince = 'the cluster has changed since this query began: begin again'

/** A page goes on in the epoch in which it began, so that is a part of where it ended. */
export function writePlace(epoch: Epoch, { member, scan }: Place): string {
  return `${epoch}-${member}-${scan}`
}

/** What is asked for, or what is wrong with that, in words. */
export function readQuery(call: QueryCall, epoch: Epoch, names: NodeNames): Wanted | string {
  const { what, scope, filter = {}, after, limit = pageLocksMax } = call
  if (what !== 'locks') {
    return 'only a query for locks can be made over the cluster: leave `scope` out for the others'
  }
  const isHere = scope !== 'cluster'
  if (isHere && call.filter !== undefined) {
    return '`filter` goes through the whole cluster: say `scope` cluster, or leave it out'
  }
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > pageLocksMax) {
    return `a page has 1 to ${pageLocksMax} locks: \`limit\` ${limit} is not among that`
  }
  const asked = readFilter(filter, names)
  if (typeof asked === 'string' || after === undefined) {
    return typeof asked === 'string' ? asked : { isHere, filter: asked, limit }
  }
  const place = readPlace(after, epoch)
  return typeof place === 'string' ? place : { isHere, filter: asked, after: place, limit }
}

function readPlace(after: string, epoch: Epoch): Place | string {
  const [, began, member, scan] = /^(\d{1,15})-(\d{1,15})-(\d{1,15})$/.exec(after) ?? []
  if (began === undefined) return '`after` is not the `next` of a report'
  if (Number(began) !== epoch) return changedSince
  return { member: Number(member), scan: Number(scan) }
}

function readFilter(filter: LockFilter, names: NodeNames): AskedFilter | string {
  const { resource, session, lock, node, details = false } = filter
  const key = resource === undefined ? undefined : keyOfPath(resource)
  if (key !== undefined && !isKey(key)) return '`resource` has a bad name: names are 1 to 255 bytes'
  const whose: Whose | string = session === undefined ? {} : readSession(session)
  if (typeof whose === 'string') return whose
  const fault = holderFault(filter, whose, names)
  if (fault !== undefined) return fault
  const holder = names.idOf(node ?? whose.node ?? '')
  return {
    ...(key === undefined ? {} : { key }),
    ...(holder === undefined ? {} : { holder }),
    ...(whose.number === undefined ? {} : { session: whose.number }),
    ...(lock === undefined ? {} : { lock }),
    details,
  }
}

function holderFault(
  { session, lock, node }: LockFilter,
  whose: Whose,
  names: NodeNames,
): string | undefined {
  if (lock !== undefined && session === undefined) {
    return '`lock` is the number that a session gave it: say which `session`'
  }
  for (const name of [node, whose.node]) {
    if (name !== undefined && names.idOf(name) === undefined) {
      return `no node ${name} is or was a member of the cluster while this one was`
    }
  }
  const differ = node !== undefined && whose.node !== undefined && node !== whose.node
  return differ ? `session ${session} is not on node ${node}` : undefined
}

interface Whose {
  readonly node?: string
  readonly number?: number
}

/** `n1/3`, or `3`. */
function readSession(text: string): Whose | string {
  const [, node, digits] = /^(?:(.*)\/)?(\d{1,15})$/s.exec(text) ?? []
  if (digits === undefined) return `session ${text} is not named as \`opened\` names one: n1/3`
  return { ...(node === undefined ? {} : { node }), number: Number(digits) }
}
