import type { NodeName } from '@holdfast/primitives'
import type { LockName, LockReport } from '../messages.ts'
import { ownRange } from '../ranges/range.ts'
import { nameOf } from '../resource-key.ts'
import { ownBytes } from '../value-block.ts'
import type { NodeNames } from './node-names.ts'
import type { ToldDetails, ToldLock, ToldName } from './query-messages.ts'

/** What was told of a lock, in the words that a session hears. */
export function reportOf(
  told: ToldLock,
  where: { readonly master: NodeName; readonly directory: NodeName },
  names: NodeNames,
): LockReport {
  const { key, holder, session, details, range, wantedRange, ...facts } = told
  return {
    ...facts,
    ...where,
    ...(range === undefined ? {} : { range: ownRange(range) }),
    ...(wantedRange === undefined ? {} : { wantedRange: ownRange(wantedRange) }),
    resource: nameOf(key),
    node: names.nameOf(holder),
    session: String(session),
    ...(details === undefined ? {} : detailsOf(details, names)),
  }
}

function detailsOf(details: ToldDetails, names: NodeNames): Partial<LockReport> {
  const { value, blockedBy, blocks, moreBlockedBy, moreBlocks, ...counts } = details
  return {
    value: { ...value, bytes: ownBytes(value.bytes) },
    counts,
    blockedBy: blockedBy.map((one) => lockName(one, names)),
    blocks: blocks.map((one) => lockName(one, names)),
    ...(moreBlockedBy ? { moreBlockedBy } : {}),
    ...(moreBlocks ? { moreBlocks } : {}),
  }
}

function lockName({ holder, session, ...facts }: ToldName, names: NodeNames): LockName {
  return { ...facts, node: names.nameOf(holder), session: String(session) }
}
