import type {
  LockCounts,
  LockName,
  LockReport,
  LossReason,
  MemberReport,
  NodeStatus,
  Outcome,
  RefusalCode,
  SessionEvent,
  SpaceAttributes,
  ValueCopy,
} from '@holdfast/lock-engine/messages'
import {
  type Check,
  isBytes,
  isFlag,
  isListOf,
  isText,
  isToken,
  isUint,
} from '@holdfast/primitives'
import { isMillis, isMode, isName, isRange, isResource, spaceAttributes } from './check-words.ts'
import { isShape, isUnion, isWord } from './shape.ts'

const isReason = isText(2_048)

const isMember = isShape<MemberReport>(
  {
    node: isName,
    id: isUint(),
    joined: isUint(),
    address: isName,
    votes: isUint(),
    state: isWord<MemberReport['state']>({ member: true, suspect: true, leaving: true }),
  },
  {},
)

const isStatus = isShape<NodeStatus>(
  {
    node: isName,
    state: isWord<NodeStatus['state']>({
      joining: true,
      member: true,
      frozen: true,
      leaving: true,
      left: true,
      evicted: true,
    }),
    epoch: isUint(),
    active: isFlag,
    members: isListOf(isMember, 1_024),
  },
  { leader: isName },
)

const isValueCopy = isShape<ValueCopy>(
  { bytes: isBytes(4_096), valid: isFlag, sequence: isUint() },
  {},
)

const isQueue = isWord<LockReport['queue']>({ granted: true, converting: true, waiting: true })

const isLockName = isShape<LockName>(
  {
    node: isName,
    session: isName,
    lock: isUint(),
    queue: isQueue,
    mode: isMode,
    forMs: isMillis,
  },
  {},
)

const isCounts = isShape<LockCounts>(
  {
    granted: isUint(),
    converting: isUint(),
    waiting: isUint(),
    resourcesBelow: isUint(),
    locksBelow: isUint(),
  },
  {},
)

const isLock = isShape<LockReport>(
  {
    resource: isResource,
    node: isName,
    session: isName,
    lock: isUint(),
    queue: isQueue,
    master: isName,
    forMs: isMillis,
  },
  {
    granted: isMode,
    wanted: isMode,
    token: isToken,
    directory: isName,
    position: isUint(),
    range: isRange,
    wantedRange: isRange,
    owner: isName,
    priority: isUint(),
    persistent: isFlag,
    orphan: isFlag,
    parent: isUint(),
    value: isValueCopy,
    counts: isCounts,
    blockedBy: isListOf(isLockName, 1_024),
    moreBlockedBy: isFlag,
    blocks: isListOf(isLockName, 1_024),
    moreBlocks: isFlag,
  },
)

const isOutcome = isWord<Outcome>({
  granted: true,
  denied: true,
  deadlock: true,
  cancelled: true,
  'timed-out': true,
  unlocked: true,
  lost: true,
  'nothing-to-cancel': true,
  'not-found': true,
  refused: true,
})

const isEnding = isWord<LossReason | 'asked' | 'refused'>({
  'session-expired': true,
  'authority-lost': true,
  'node-evicted': true,
  'node-stopped': true,
  asked: true,
  refused: true,
})

const isNodeList = isListOf(isUint(), 1_024)
/** A lease of zero would make the client ping without a pause. */
const isLease: Check = (value) => isMillis(value) && (value as number) >= 1

const check = isUnion<SessionEvent>({
  opened: [{ session: isName, leaseMs: isLease, node: isName }, {}],
  completion: [
    { call: isUint(), lock: isUint(), outcome: isOutcome },
    {
      mode: isMode,
      token: isToken,
      range: isRange,
      value: isValueCopy,
      demoted: isFlag,
      alternate: isFlag,
      also: isListOf(isUint(), 1_024),
      reason: isReason,
      code: isWord<RefusalCode>({ quota: true, children: true }),
    },
  ],
  blocking: [{ lock: isUint(), mode: isMode }, {}],
  lost: [{ lock: isUint() }, {}],
  purged: [{ call: isUint(), count: isUint() }, {}],
  space: [
    { call: isUint(), space: isName, outcome: isWord<SpaceOutcome>({ opened: true, left: true }) },
    { attributes: isShape<SpaceAttributes>(spaceAttributes, {}) },
  ],
  refused: [{ call: isUint(), reason: isReason }, {}],
  recovery: [
    {
      space: isName,
      phase: isWord<Phase>({ stopped: true, lost: true, resumed: true }),
      epoch: isUint(),
      members: isNodeList,
      lost: isNodeList,
    },
    {},
  ],
  pong: [{ call: isUint(), sent: isUint(), authorityMs: isMillis }, {}],
  report: [
    { call: isUint() },
    { status: isStatus, locks: isListOf(isLock, 1_024), next: isText(2_048), partial: isFlag },
  ],
  closed: [{ reason: isEnding }, { detail: isReason }],
})

type SpaceOutcome = Extract<SessionEvent, { readonly kind: 'space' }>['outcome']
type Phase = Extract<SessionEvent, { readonly kind: 'recovery' }>['phase']

/** True for a well-formed event, whoever sent it. */
export function isSessionEvent(value: unknown): value is SessionEvent {
  return check(value)
}
