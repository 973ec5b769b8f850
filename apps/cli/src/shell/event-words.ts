/**
 * The words of what a session says: shown to people, given to programs and held against what a script
 * expects. One for each field of the types of the lock engine.
 */
import type { EndReason } from '@holdfast/client'
import type {
  LockName,
  LockReport,
  NodeStatus,
  RawEvent,
  SessionEnd,
} from '@holdfast/client/raw-session'
import { attributeFields } from './call-words.ts'
import {
  bigKind,
  type Kind,
  listKind,
  lockKind,
  modeKind,
  nameKind,
  oneOf,
  rangeKind,
  switchKind,
  textKind,
  valueKind,
  wholeKind,
} from './kind.ts'
import type { Names } from './names.ts'
import { inShellWords } from './shell-words.ts'
import { type Fields, type GivenWord, readAt, type Word, wordsOf } from './word.ts'

/** What a subject can be heard to say, with the end of a session as one more event. */
export type HeardEvent = RawEvent | ({ readonly kind: 'closed' } & SessionEnd)
export type EventKind = HeardEvent['kind']

/** Fields that say which lock or call an event is about, and what came of it. */
type Address = 'kind' | 'call' | 'lock' | 'outcome'
type FieldsOf<Name extends EventKind> = Omit<Extract<HeardEvent, { kind: Name }>, Address>

/** A field of which some sides are looked at. */
interface Sides<Value> {
  readonly sides: readonly { readonly word: Word<unknown>; of(value: Value): unknown }[]
}

type EventFields<Shape> = {
  readonly [Field in keyof Shape]-?: Fields<Shape>[Field] | Sides<NonNullable<Shape[Field]>>
}

function side<Value, Seen>(
  word: Word<Seen>,
  of: (value: Value) => Seen | undefined,
): Sides<Value>['sides'][number] {
  return { word, of }
}

const text = (word: string, about: string): Word<string> => ({
  word,
  kind: textKind('TEXT', 'a text'),
  about,
})
const number = (word: string, about: string): Word<number> => ({
  word,
  kind: wholeKind('N'),
  about,
})
const yes = (word: string, about: string): Word<boolean> => ({ word, kind: switchKind, about })
const numbers = (word: string, about: string): Word<readonly number[]> => ({
  word,
  kind: listKind(wholeKind('N')),
  about,
})

const reasonWord: Word<string> = {
  word: 'reason',
  kind: { ...textKind('TEXT', 'a text'), write: inShellWords },
  about: 'why; what is expected is a part of it',
}
const modeWord = { word: 'mode', kind: modeKind }

const completion: EventFields<FieldsOf<'completion'>> = {
  mode: { ...modeWord, about: 'what is held after the call' },
  token: { word: 'token', kind: bigKind, about: 'the fencing token of a grant that can write' },
  range: { word: 'range', kind: rangeKind, about: 'what it has of the resource' },
  value: {
    isOptional: true,
    parts: {
      bytes: { word: 'value', kind: valueKind, about: 'the value block' },
      valid: yes('valid', 'whether the value is valid'),
      sequence: number('sequence', 'how often it was written or marked'),
    },
  },
  demoted: yes('demoted', 'on its way the lock went down to NL'),
  alternate: yes('alternate', 'granted in the alternate mode'),
  also: {
    word: 'also',
    kind: listKind(lockKind),
    about: 'other locks that ended with the call',
  },
  reason: reasonWord,
  code: {
    word: 'code',
    kind: oneOf('quota|children', { quota: true, children: true }),
    about: 'which refusal it is',
  },
}

const recovery: EventFields<FieldsOf<'recovery'>> = {
  space: { word: 'space', kind: nameKind('SPACE'), about: 'the lockspace' },
  phase: {
    word: 'phase',
    kind: oneOf('stopped|lost|resumed', {
      stopped: true,
      lost: true,
      resumed: true,
    }),
    about: 'how far it is',
  },
  epoch: number('epoch', 'the number of the view'),
  members: numbers('members', 'the small numbers of the members'),
  lost: numbers('lost', 'the small numbers of those that left without saying goodbye'),
}

const space: EventFields<FieldsOf<'space'>> = {
  space: recovery.space,
  attributes: { isOptional: true, parts: attributeFields },
}

const report: EventFields<FieldsOf<'report'>> = {
  status: {
    sides: [
      side(text('node', 'the node that answered'), ({ node }: NodeStatus) => node),
      side(text('state', 'its state'), ({ state }: NodeStatus) => state),
      side(number('epoch', 'the number of the view'), ({ epoch }: NodeStatus) => epoch),
      side(number('size', 'how many members'), ({ members }: NodeStatus) => members.length),
    ],
  },
  locks: {
    sides: [
      side(number('locks', 'how many locks'), (locks: readonly LockReport[]) => locks.length),
      ofOnly(text('queue', 'when it is one lock: where it is'), ({ queue }) => queue),
      ofOnly({ ...modeWord, word: 'granted', about: 'what it has' }, ({ granted }) => granted),
      ofOnly({ ...modeWord, word: 'wanted', about: 'what it wants' }, ({ wanted }) => wanted),
      ofOnly(text('master', 'its master'), ({ master }) => master),
      ofOnly(number('position', 'its place in the queue'), ({ position }) => position),
      ofOnly(yes('orphan', 'whether its session has ended'), ({ orphan }) => orphan),
      ofOnly(number('below', 'locks below it'), ({ counts }) => counts?.locksBelow),
      ofOnly(lockNames('blocked-by', 'what is in its way'), ({ blockedBy }) => blockedBy),
      ofOnly(lockNames('blocks', 'whom it is in the way of'), ({ blocks }) => blocks),
    ],
  },
  next: text('next', 'there may be more: give it as `after`'),
  partial: yes('partial', 'locks may be missing: a node had not been told all that it took over'),
}

function ofOnly<Seen>(
  word: Word<Seen>,
  of: (lock: LockReport) => Seen | undefined,
): Sides<readonly LockReport[]>['sides'][number] {
  return side(word, ([lock, ...others]: readonly LockReport[]) =>
    lock === undefined || others.length > 0 ? undefined : of(lock),
  )
}

/** Locks of any session; shown by their names in the shell, and expected in the same words. */
function lockNames(word: string, about: string): Word<readonly LockName[]> {
  const kind: Kind<readonly LockName[]> = {
    form: 'LOCK,...',
    hint: 'names of locks, with commas between them',
    read: (written) =>
      written.split(',').map((lock) => ({ ...UNNAMED, session: lock }) satisfies LockName),
    write: (locks, names) =>
      locks
        .map((lock) => (lock.lock < 0 ? lock.session : names.lockOf(lock)))
        .toSorted()
        .join(','),
    choices: ({ locks }) => locks,
  }
  return { word, kind, about }
}

/** A lock that is known by its name in the shell only, which then stands for its session. */
const UNNAMED: LockName = {
  node: '',
  session: '',
  lock: -1,
  queue: 'granted',
  mode: 'NL',
  forMs: 0,
}

/** For each event its words. A new event or field that has none here is an error of the compiler. */
const eventFields: { readonly [Name in EventKind]: EventFields<FieldsOf<Name>> } = {
  completion,
  blocking: { mode: { ...modeWord, about: 'what somebody waits for' } },
  lost: {},
  purged: { count: number('count', 'how many orphans') },
  space,
  refused: { reason: reasonWord },
  recovery,
  report,
  closed: {
    reason: {
      word: 'reason',
      kind: oneOf<EndReason>('REASON', {
        'session-expired': true,
        'authority-lost': true,
        'node-evicted': true,
        'node-stopped': true,
        asked: true,
        refused: true,
        'connection-lost': true,
        stalled: true,
      }),
      about: 'why',
    },
    detail: text('detail', 'more about it'),
  },
}

export const eventKinds = Object.keys(eventFields) as readonly EventKind[]

/** What an event says, each side with the words of its value. */
export interface Said {
  readonly word: Word<unknown>
  readonly value: unknown
}

export function saidBy(event: HeardEvent): readonly Said[] {
  return saidIn(eventFields[event.kind], event as Readonly<Record<string, unknown>>)
}

type AnyEventFields = Readonly<Record<string, Word<unknown> | AnyGroup | Sides<never>>>
interface AnyGroup {
  readonly parts: AnyEventFields
}

function saidIn(
  fields: AnyEventFields,
  values: Readonly<Record<string, unknown>>,
): readonly Said[] {
  return Object.entries(fields).flatMap(([name, field]) => {
    const value = values[name]
    if (value === undefined) return []
    if ('parts' in field) return saidIn(field.parts, value as typeof values)
    if (!('sides' in field)) return [{ word: field, value }]
    return field.sides
      .map(({ word, of }) => ({ word, value: of(value as never) }))
      .filter(({ value: seen }) => seen !== undefined)
  })
}

/** The words that can be expected of an event. */
export function eventWords(kind: EventKind): readonly Word<unknown>[] {
  return Object.values(eventFields[kind] as AnyEventFields).flatMap((field) => {
    if ('sides' in field) return field.sides.map(({ word }) => word)
    return wordsOf({ field } as Parameters<typeof wordsOf>[0])
  })
}

/** What is expected of one side, in the words in which it is shown. `any` and `none` stand as they are. */
export function expectedText(found: GivenWord, wanted: Word<unknown>, names: Names): string {
  if (found.value === 'any' || found.value === 'none') return found.value
  return wanted.kind.write(readAt(found, wanted, names), names)
}
