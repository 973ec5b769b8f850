import type { SessionCall } from '@holdfast/lock-engine/messages'
import {
  type Check,
  isBytes,
  isFlag,
  isOneOf,
  isOptional,
  isRecordOf,
  isText,
  isUint,
  isVariantOf,
} from '@holdfast/primitives'

/**
 * Shapes only, a little wider than the rules: the lock engine judges names and values, and answers a
 * wrong one with a reason, where a frame that fails here ends the channel.
 */
const isMode = isOneOf(['NL', 'CR', 'CW', 'PR', 'PW', 'EX'])
const isValue = isBytes(4_096)
const isResource = isRecordOf({ space: isText(512), name: isText(512) })
const isKind = (kind: SessionCall['kind']): Check => isOneOf([kind])

const check = isVariantOf({
  request: isRecordOf({
    kind: isKind('request'),
    call: isUint(),
    lock: isUint(),
    resource: isResource,
    mode: isMode,
    noQueue: isFlag,
    useValue: isFlag,
    notify: isFlag,
  }),
  convert: isRecordOf({
    kind: isKind('convert'),
    call: isUint(),
    lock: isUint(),
    mode: isMode,
    noQueue: isFlag,
    queueFair: isFlag,
    useValue: isFlag,
    value: isOptional(isValue),
  }),
  unlock: isRecordOf({
    kind: isKind('unlock'),
    call: isUint(),
    lock: isUint(),
    value: isOptional(isValue),
    invalidate: isOptional(isFlag),
  }),
  cancel: isRecordOf({ kind: isKind('cancel'), call: isUint(), lock: isUint() }),
  ping: isRecordOf({ kind: isKind('ping'), call: isUint(), sent: isUint() }),
  close: isRecordOf({ kind: isKind('close'), call: isUint() }),
  query: isRecordOf({
    kind: isKind('query'),
    call: isUint(),
    what: isOneOf(['status', 'locks']),
  }),
})

/** True for a well-formed call, whoever sent it. */
export function isSessionCall(value: unknown): value is SessionCall {
  return check(value)
}
