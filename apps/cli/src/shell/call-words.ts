/** The words of every call of a session: one for each field of the types of the lock engine. */
import type {
  GrantTerms,
  NumberlessCall,
  ResourceName,
  SpaceAttributes,
} from '@holdfast/client/raw-session'
import {
  type Kind,
  listKind,
  lockKind,
  modeKind,
  nameKind,
  newLockKind,
  oneOf,
  rangeKind,
  switchKind,
  textKind,
  timeKind,
  valueKind,
  wholeKind,
} from './kind.ts'
import type { Fields, Group, Word } from './word.ts'

export type CallKind = NumberlessCall['kind']

/** The fields of a call, without what the shell fills in. */
type FieldsOf<Name extends CallKind> = Omit<Extract<NumberlessCall, { kind: Name }>, 'kind'>

function flag(word: string, about: string): Word<boolean> {
  return { word, kind: switchKind, about }
}

/** A switch that the call always has: off unless it is given. */
function flagOff(word: string, about: string): Word<boolean> {
  return { word, kind: switchKind, about, fallback: () => false }
}

const spaceWord: Word<string> = {
  word: 'space',
  kind: nameKind('SPACE'),
  about: 'the lockspace (default: that of `--space`)',
  fallback: ({ space }) => space,
}

const resource: Group<{ readonly space: string; readonly name: string }> = {
  isOptional: false,
  parts: {
    space: spaceWord,
    name: { word: 'name', kind: nameKind('NAME'), about: 'the name of the resource', place: 2 },
  },
}

const newLock: Word<number> = {
  word: 'lock',
  kind: newLockKind,
  about: 'what the lock is called in the shell',
  place: 1,
}

const ownLock: Word<number> = { word: 'lock', kind: lockKind, about: 'which lock', place: 1 }

const parent: Word<number> = {
  word: 'parent',
  kind: lockKind,
  about: "the name is one below the resource of this lock, which is the session's and granted",
}

const owner: Word<string> = {
  word: 'owner',
  kind: textKind('OWNER', 'a text of 1 to 64 characters'),
  about: 'the transaction or group that the lock belongs to; locks of one owner never conflict',
}

const notify: Word<boolean> = {
  word: 'notify',
  kind: switchKind,
  about: 'is told when it blocks others; `notify=no` is not',
  fallback: () => true,
}

const useValue = flagOff('use-value', 'takes part in value block transfer (VALBLK)')

const grantTerms: Fields<GrantTerms> = {
  range: { word: 'range', kind: rangeKind, about: 'a part of the resource, both ends inclusive' },
  noQueue: flagOff('no-queue', 'denied instead of queued (NOQUEUE)'),
  tellHolders: flag(
    'tell-holders',
    'with `no-queue`: holders hear that they are in the way (NOQUEUEBAST)',
  ),
  atHead: flag('at-head', 'queues at the head (HEADQUE)'),
  anyOrder: flag(
    'any-order',
    'waits only for what is in the way, not for what came before (NOORDER)',
  ),
  alternatePR: flag('alternate-pr', 'takes PR when the mode is not to be had (ALTPR)'),
  alternateCW: flag('alternate-cw', 'takes CW when the mode is not to be had (ALTCW)'),
  noDeadlockWait: flag('no-deadlock-wait', 'the deadlock search does not see it wait (NODLCKWT)'),
  noDeadlockBlock: flag(
    'no-deadlock-block',
    "the deadlock search does not see it in anybody's way (NODLCKBLK)",
  ),
  persistent: flag('persistent', 'stays when its session ends, as an orphan (PERSISTENT)'),
  priority: {
    word: 'priority',
    kind: wholeKind('N', 'a whole number, 0 to 255'),
    about: 'in a deadlock the lowest loses (128)',
  },
  timeoutMs: {
    word: 'timeout',
    kind: timeKind,
    about: 'the wait ends `timed-out` after this long',
  },
}

const mode = (place: number): Word<'NL' | 'CR' | 'CW' | 'PR' | 'PW' | 'EX'> => ({
  word: 'mode',
  kind: modeKind,
  about: 'NL, CR, CW, PR, PW or EX',
  place,
})

const value = (about: string): Word<Uint8Array> => ({ word: 'value', kind: valueKind, about })

const request: Fields<FieldsOf<'request'>> = {
  lock: newLock,
  resource,
  mode: mode(3),
  ...grantTerms,
  useValue,
  notify,
  expedite: flag('expedite', 'granted past all queues, in NL only (EXPEDITE)'),
  parent,
  owner,
  alone: flag('alone', 'a party of its own: the session may wait for itself'),
  masterHere: flag(
    'master-here',
    'in a lockspace mastered by hash: this node masters a new name (LOCAL)',
  ),
}

const adopt: Fields<FieldsOf<'adopt'>> = {
  lock: newLock,
  resource,
  mode: mode(3),
  useValue,
  notify,
  parent,
  owner,
  persistent: flag('persistent', 'stays again when this session ends'),
}

const convert: Fields<FieldsOf<'convert'>> = {
  lock: ownLock,
  mode: mode(2),
  ...grantTerms,
  queueFair: flagOff('queue-fair', 'takes its turn behind other conversions (QUECVT)'),
  demote: flag('demote', 'goes down to NL instead of losing a conversion deadlock (CONVDEADLK)'),
  useValue,
  value: value('with `use-value`: what to write where the conversion writes'),
  invalidate: flag('invalidate', 'marks the value not valid where it would write (IVVALBLK)'),
}

const unlock: Fields<FieldsOf<'unlock'>> = {
  lock: ownLock,
  value: value('written to the value block when the lock is in PW or EX'),
  invalidate: flag('invalidate', 'marks the value not valid instead (IVVALBLK)'),
  subtree: {
    word: 'subtree',
    kind: oneOf('with|below', {
      with: true,
      below: true,
    }),
    about: '`with` the locks below it, or only those `below` it (DEQALL)',
  },
  force: flag('force', 'no error when it is being unlocked already (FORCEUNLOCK)'),
}

const cancel: Fields<FieldsOf<'cancel'>> = {
  lock: ownLock,
  subtree: flag('subtree', 'also what waits below it'),
}

const nodeNumber = wholeKind('N', 'the small number of a node, as `holdfast members` shows it')

const purge: Fields<FieldsOf<'purge'>> = {
  space: { word: 'space', kind: nameKind('SPACE'), about: 'only orphans of this lockspace' },
  node: {
    word: 'node',
    kind: nodeNumber,
    about: 'only orphans that a session of this node left, by its small number',
  },
}

const masteringKind: Kind<SpaceAttributes['mastering']> = oneOf('directory|hash', {
  directory: true,
  hash: true,
})

/** Also what a lockspace is like when it was opened. */
export const attributeFields: Fields<SpaceAttributes> = {
  valueBytes: {
    word: 'value-bytes',
    kind: wholeKind('N', 'a number of bytes, 0 to 1024'),
    about: 'the largest value block (1024)',
  },
  deadlockMs: {
    word: 'deadlock-after',
    kind: timeKind,
    about: 'a call waits this long before the deadlock search looks at it; 0: never (1s)',
  },
  mastering: {
    word: 'mastering',
    kind: masteringKind,
    about: 'who masters a new name: its first user, or the node of its hash',
  },
}

const openSpace: Fields<FieldsOf<'open-space'>> = {
  space: { word: 'space', kind: nameKind('SPACE'), about: 'which lockspace', place: 1 },
  create: {
    word: 'create',
    kind: oneOf('new|existing', {
      new: true,
      existing: true,
    }),
    about: '`new`: refused when somebody has it open; `existing`: when nobody has',
  },
  attributes: { isOptional: true, parts: attributeFields },
  lifecycle: flag('lifecycle', 'wants `recovery` events'),
}

const leaveSpace: Fields<FieldsOf<'leave-space'>> = {
  space: { word: 'space', kind: nameKind('SPACE'), about: 'which lockspace', place: 1 },
  force: {
    word: 'force',
    kind: oneOf('unused|idle|discard', {
      unused: true,
      idle: true,
      discard: true,
    }),
    about: 'refused while it has locks (`unused`, the default) or more than NL (`idle`), or never',
    fallback: () => 'unused',
  },
}

const sessionIdKind: Kind<string> = {
  form: 'SESSION',
  hint: 'a session of the shell, or one as the node calls it',
  read: (text, names) => names.sessionId(text),
  write: (id) => id,
  choices: ({ sessions }) => sessions,
}

const lockNumberKind: Kind<number> = {
  ...lockKind,
  hint: 'the name of a lock, or its number in the session that is asked for',
  read: (text, names) => (/^\d+$/.test(text) ? Number(text) : names.anyLock(text)),
}

const anyResource: Group<ResourceName> = {
  isOptional: true,
  parts: {
    space: spaceWord,
    name: {
      word: 'name',
      kind: nameKind('NAME'),
      about: 'only locks on this resource',
      isNeeded: true,
    },
    path: {
      word: 'path',
      kind: listKind(nameKind('NAME')),
      about: 'with `name`: the names above it, from the root down',
    },
  },
}

const query: Fields<FieldsOf<'query'>> = {
  what: {
    word: 'what',
    kind: oneOf('status|locks', { status: true, locks: true }),
    about: '`status`: who is in the cluster; `locks`: locks as their masters see them',
    place: 1,
  },
  scope: {
    word: 'scope',
    kind: oneOf('node|cluster', { node: true, cluster: true }),
    about:
      'what this `node` masters (default), or the `cluster`, in pages; the rest needs `cluster`',
  },
  filter: {
    isOptional: true,
    parts: {
      resource: anyResource,
      session: {
        word: 'session',
        kind: sessionIdKind,
        about: "only this session's locks: one of the shell, or an id that a report shows",
      },
      lock: {
        word: 'lock',
        kind: lockNumberKind,
        about: 'with `session`: only this lock of it, by name or number',
      },
      node: {
        word: 'node',
        kind: { ...textKind('NODE', 'the name of a node'), choices: ({ nodes }) => nodes },
        about: 'only locks of sessions of this node',
      },
      details: flag(
        'details',
        'also tells the value, how many locks there are, what is in the way of each and whom it is in the way of',
      ),
    },
  },
  after: {
    word: 'after',
    kind: textKind('NEXT', 'the `next` of the report before'),
    about: 'goes on where the report with this `next` ended',
  },
  limit: {
    word: 'limit',
    kind: wholeKind('N', 'a whole number, 1 to 1000'),
    about: 'locks in one page (1000)',
  },
}

/** For each call its words. A new call or field that has none here is an error of the compiler. */
export const callWords: { readonly [Name in CallKind]: Fields<FieldsOf<Name>> } = {
  request,
  adopt,
  convert,
  unlock,
  cancel,
  purge,
  'open-space': openSpace,
  'leave-space': leaveSpace,
  query,
}
