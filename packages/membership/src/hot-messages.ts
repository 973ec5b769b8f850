/**
 * The two messages that travel all the time, checked by tables instead of by zod: a whole cluster
 * sends little else. The schema in `message-schema.ts` stays the rule; a test holds one to the other.
 */
import {
  type Check,
  isIncarnation,
  isListOf,
  isNodeName,
  isOptional,
  isRecordOf,
  isText,
  isUint,
  isVariantOf,
} from '@holdfast/primitives'
import {
  ADDRESS_LENGTH_MAX,
  CLUSTER_LENGTH_MAX,
  HEALTH_MAX,
  MEMBERS_MAX,
  ROUND_MAX,
  VOTERS_MAX,
} from './limits.ts'
import type { MembershipMessage } from './messages.ts'

type HotMessage = Extract<MembershipMessage, { readonly kind: 'heartbeat' | 'support' }>

const filled =
  (lengthMax: number): Check =>
  (value) =>
    value !== '' && isText(lengthMax)(value)
const kind: Check = () => true
const epoch = isUint(ROUND_MAX)
const id = filled(64)

const envelope = {
  kind,
  cluster: filled(CLUSTER_LENGTH_MAX),
  clusterId: isOptional(id),
  epoch,
  address: isText(ADDRESS_LENGTH_MAX),
  storageId: isOptional(id),
}

const isBallot = isRecordOf({
  round: (value) => value !== 0 && isUint(ROUND_MAX)(value),
  node: isNodeName,
})

const isHot: Check = isVariantOf({
  heartbeat: isRecordOf({
    ...envelope,
    sequence: isUint(),
    active: epoch,
    leading: isOptional(isBallot),
    suspects: isListOf(isNodeName, MEMBERS_MAX + VOTERS_MAX),
    health: isUint(HEALTH_MAX),
  }),
  support: isRecordOf({ ...envelope, supported: isIncarnation, echo: isUint(), active: epoch }),
})

export function isHotMessage(value: unknown): value is HotMessage {
  return isHot(value) && !Object.values(value as HotMessage).includes(undefined)
}
