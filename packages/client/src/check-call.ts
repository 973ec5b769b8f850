import type {
  GrantTerms,
  LockFilter,
  SessionCall,
  SpaceAttributes,
} from '@holdfast/lock-engine/messages'
import {
  isCount,
  isFlag,
  isMode,
  isName,
  isRange,
  isResource,
  isSendableText,
  isValue,
  spaceAttributes,
} from './check-words.ts'
import { isShape, isUnion, isWord, type Shape, type Shapes, worded } from './shape.ts'
import { faultIn } from './shape-fault.ts'

/** The words that a field of a call may have. */
type Word<Kind extends SessionCall['kind'], Field extends string> =
  Extract<SessionCall, { readonly kind: Kind }> extends { readonly [Key in Field]?: infer Words }
    ? Extract<Words, string>
    : never

/** A wrong priority or time limit is the engine's to refuse, so any number that can be sent will do. */
const isPriority = worded('a whole number from 0 to 255', Number.isFinite)
const isTimeLimit = worded('a number of ms above 0; leave it out for none', Number.isFinite)
const isOwner = isSendableText(256, 'a name of 1 to 64 characters')
const isPlaceInList = isSendableText(2_048, 'the `next` of a report')

const [terms, optionalTerms]: Shape<GrantTerms> = [
  { noQueue: isFlag },
  {
    range: isRange,
    tellHolders: isFlag,
    atHead: isFlag,
    anyOrder: isFlag,
    alternatePR: isFlag,
    alternateCW: isFlag,
    noDeadlockWait: isFlag,
    noDeadlockBlock: isFlag,
    persistent: isFlag,
    priority: isPriority,
    timeoutMs: isTimeLimit,
  },
]

const isAttributes = isShape<Partial<SpaceAttributes>>({}, spaceAttributes)

const isFilter = isShape<LockFilter>(
  {},
  { resource: isResource, session: isName, lock: isCount, node: isName, details: isFlag },
)

const numbers = { call: isCount, lock: isCount }

const calls: Shapes<SessionCall> = {
  request: [
    { ...numbers, ...terms, resource: isResource, mode: isMode, useValue: isFlag, notify: isFlag },
    {
      ...optionalTerms,
      expedite: isFlag,
      parent: isCount,
      owner: isOwner,
      alone: isFlag,
      masterHere: isFlag,
    },
  ],
  adopt: [
    { ...numbers, resource: isResource, mode: isMode, useValue: isFlag, notify: isFlag },
    { parent: isCount, owner: isOwner, persistent: isFlag },
  ],
  convert: [
    { ...numbers, ...terms, mode: isMode, queueFair: isFlag, useValue: isFlag },
    { ...optionalTerms, demote: isFlag, value: isValue, invalidate: isFlag },
  ],
  unlock: [
    numbers,
    {
      value: isValue,
      invalidate: isFlag,
      subtree: isWord<Word<'unlock', 'subtree'>>({ with: true, below: true }),
      force: isFlag,
    },
  ],
  cancel: [numbers, { subtree: isFlag }],
  purge: [{ call: isCount }, { space: isName, node: isCount }],
  'open-space': [
    { call: isCount, space: isName },
    {
      create: isWord<Word<'open-space', 'create'>>({ new: true, existing: true }),
      attributes: isAttributes,
      lifecycle: isFlag,
    },
  ],
  'leave-space': [
    {
      call: isCount,
      space: isName,
      force: isWord<Word<'leave-space', 'force'>>({ unused: true, idle: true, discard: true }),
    },
    {},
  ],
  ping: [{ call: isCount, sent: isCount }, {}],
  close: [{ call: isCount }, {}],
  query: [
    { call: isCount, what: isWord<Word<'query', 'what'>>({ status: true, locks: true }) },
    {
      scope: isWord<Word<'query', 'scope'>>({ node: true, cluster: true }),
      filter: isFilter,
      after: isPlaceInList,
      limit: isCount,
    },
  ],
}

const check = isUnion<SessionCall>(calls)
const wordsFor = faultIn<SessionCall>(calls)

/** True for a well-formed call, whoever sent it. */
export function isSessionCall(value: unknown): value is SessionCall {
  return check(value)
}

/** Why a call could not even be sent, in words that say what to do; `undefined` when it can. */
export function callFault(call: SessionCall): string | undefined {
  return check(call) ? undefined : wordsFor(call)
}
