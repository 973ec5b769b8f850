import type {
  GrantTerms,
  LockFilter,
  SessionCall,
  SpaceAttributes,
} from '@holdfast/lock-engine/messages'
import { type Check, isFlag, isText, isUint } from '@holdfast/primitives'
import { isMode, isName, isRange, isResource, isValue, spaceAttributes } from './check-words.ts'
import { isShape, isUnion, isWord, type Shape } from './shape.ts'

/** The words that a field of a call may have. */
type Word<Kind extends SessionCall['kind'], Field extends string> =
  Extract<SessionCall, { readonly kind: Kind }> extends { readonly [Key in Field]?: infer Words }
    ? Extract<Words, string>
    : never

/** A wrong priority or time limit is the engine's to refuse, so any number will do. */
const isNumber: Check = (value) => typeof value === 'number'
const isOwner = isText(256)

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
    priority: isNumber,
    timeoutMs: isNumber,
  },
]

const isAttributes = isShape<Partial<SpaceAttributes>>({}, spaceAttributes)

const isFilter = isShape<LockFilter>(
  {},
  { resource: isResource, session: isName, lock: isUint(), node: isName, details: isFlag },
)

const numbers = { call: isUint(), lock: isUint() }

const check = isUnion<SessionCall>({
  request: [
    { ...numbers, ...terms, resource: isResource, mode: isMode, useValue: isFlag, notify: isFlag },
    {
      ...optionalTerms,
      expedite: isFlag,
      parent: isUint(),
      owner: isOwner,
      alone: isFlag,
      masterHere: isFlag,
    },
  ],
  adopt: [
    { ...numbers, resource: isResource, mode: isMode, useValue: isFlag, notify: isFlag },
    { parent: isUint(), owner: isOwner, persistent: isFlag },
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
  purge: [{ call: isUint() }, { space: isName, node: isUint() }],
  'open-space': [
    { call: isUint(), space: isName },
    {
      create: isWord<Word<'open-space', 'create'>>({ new: true, existing: true }),
      attributes: isAttributes,
      lifecycle: isFlag,
    },
  ],
  'leave-space': [
    {
      call: isUint(),
      space: isName,
      force: isWord<Word<'leave-space', 'force'>>({ unused: true, idle: true, discard: true }),
    },
    {},
  ],
  ping: [{ call: isUint(), sent: isUint() }, {}],
  close: [{ call: isUint() }, {}],
  query: [
    { call: isUint(), what: isWord<Word<'query', 'what'>>({ status: true, locks: true }) },
    {
      scope: isWord<Word<'query', 'scope'>>({ node: true, cluster: true }),
      filter: isFilter,
      after: isText(2_048),
      limit: isUint(),
    },
  ],
})

/** True for a well-formed call, whoever sent it. */
export function isSessionCall(value: unknown): value is SessionCall {
  return check(value)
}
