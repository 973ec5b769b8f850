import type { LockMode, LossReason, Outcome, SessionEvent } from '@holdfast/lock-engine/messages'
import {
  type Check,
  isBytes,
  isFlag,
  isListOf,
  isOneOf,
  isOptional,
  isRecordOf,
  isText,
  isToken,
  isUint,
  isVariantOf,
} from '@holdfast/primitives'

/** One of the words of a type. The compiler tells when one is missing here. */
const isWord = <Word extends string>(words: Readonly<Record<Word, true>>): Check =>
  isOneOf(Object.keys(words))

const isMode = isWord<LockMode>({ NL: true, CR: true, CW: true, PR: true, PW: true, EX: true })
const isName = isText(512)
const isReason = isText(2_048)
/** A length of time: not negative, fractions allowed. */
const isMillis: Check = (value) => typeof value === 'number' && value >= 0
const isKind = (kind: SessionEvent['kind']): Check => isOneOf([kind])

const isMember = isRecordOf({
  node: isName,
  id: isUint(),
  joined: isUint(),
  address: isName,
  votes: isUint(),
  state: isOneOf(['member', 'suspect', 'leaving']),
})

const isStatus = isRecordOf({
  node: isName,
  state: isOneOf(['joining', 'member', 'frozen', 'leaving', 'left', 'evicted']),
  epoch: isUint(),
  active: isFlag,
  leader: isOptional(isName),
  members: isListOf(isMember, 1_024),
})

const isLock = isRecordOf({
  resource: isRecordOf({ space: isName, name: isName }),
  node: isName,
  session: isName,
  lock: isUint(),
  queue: isOneOf(['granted', 'converting', 'waiting']),
  granted: isOptional(isMode),
  wanted: isOptional(isMode),
  token: isOptional(isToken),
  master: isName,
  forMs: isMillis,
})

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

const check = isVariantOf({
  opened: isRecordOf({
    kind: isKind('opened'),
    session: isName,
    // A lease of zero would make the client ping without a pause.
    leaseMs: (value) => isMillis(value) && (value as number) >= 1,
    node: isName,
  }),
  completion: isRecordOf({
    kind: isKind('completion'),
    call: isUint(),
    lock: isUint(),
    outcome: isOutcome,
    mode: isOptional(isMode),
    token: isOptional(isToken),
    value: isOptional(isRecordOf({ bytes: isBytes(4_096), valid: isFlag, sequence: isUint() })),
    reason: isOptional(isReason),
  }),
  blocking: isRecordOf({ kind: isKind('blocking'), lock: isUint(), mode: isMode }),
  pong: isRecordOf({
    kind: isKind('pong'),
    call: isUint(),
    sent: isUint(),
    authorityMs: isMillis,
  }),
  report: isRecordOf({
    kind: isKind('report'),
    call: isUint(),
    status: isOptional(isStatus),
    locks: isOptional(isListOf(isLock, 1_024)),
  }),
  closed: isRecordOf({
    kind: isKind('closed'),
    reason: isEnding,
    detail: isOptional(isReason),
  }),
})

/** True for a well-formed event, whoever sent it. */
export function isSessionEvent(value: unknown): value is SessionEvent {
  return check(value)
}
