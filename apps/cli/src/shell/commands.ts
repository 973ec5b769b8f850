/** Every command of the shell. Parser, completion, help and the documentation have it from here. */

import { type CallKind, callWords } from './call-words.ts'
import type { EventKind } from './event-words.ts'
import { eventWords } from './event-words.ts'
import { type Kind, listKind, readLabel, textKind, timeKind } from './kind.ts'
import { anyNames } from './names.ts'
import { carrierOf, type OutcomeWord, outcomeKind, type Subject, subjectKind } from './outcome.ts'
import { type AnyFields, type Fields, type Given, type Word, wordsOf } from './word.ts'

/** What the shell does by itself. */
export type Step =
  | { readonly kind: 'session'; readonly session: string; readonly node?: string }
  | { readonly kind: 'use'; readonly session: string }
  | { readonly kind: 'close' }
  | {
      readonly kind: 'wait'
      readonly of: Subject
      readonly outcomes?: readonly OutcomeWord[]
      readonly withinMs: number
    }
  | {
      readonly kind: 'expect'
      readonly of: Subject
      readonly outcome: OutcomeWord
      readonly withinMs: number
    }
  | { readonly kind: 'expect-nothing'; readonly forMs: number; readonly of?: Subject }
  | { readonly kind: 'sleep'; readonly forMs: number }
  | { readonly kind: 'show' }
  | { readonly kind: 'help'; readonly command?: string }
  | { readonly kind: 'quit' }

export type StepKind = Step['kind']
type FieldsOf<Name extends StepKind> = Omit<Extract<Step, { kind: Name }>, 'kind'>

/** How long a script listens when it does not say, ms. */
export const WITHIN_MS = 10_000

const sessionKind: Kind<string> = {
  form: 'SESSION',
  hint: 'the name of a session',
  read: (text, names) => names.session(readLabel(text)),
  write: (name) => name,
  choices: ({ sessions }) => sessions,
}

const newSessionKind: Kind<string> = {
  form: 'SESSION',
  hint: 'a name for the session',
  read: readLabel,
  write: (name) => name,
}

const of: Word<Subject> = {
  word: 'of',
  kind: subjectKind,
  about: 'a lock, or a session with a colon (`a:`)',
  place: 1,
}

const withinMs: Word<number> = {
  word: 'within',
  kind: timeKind,
  about: 'how long to listen (10s)',
  fallback: () => WITHIN_MS,
}

const forMs: Word<number> = { word: 'for', kind: timeKind, about: 'how long', place: 1 }

/** For each step its words. A new step or field that has none here is an error of the compiler. */
export const stepWords: { readonly [Name in StepKind]: Fields<FieldsOf<Name>> } = {
  session: {
    session: { word: 'session', kind: newSessionKind, about: 'what it is called', place: 1 },
    node: {
      word: 'node',
      kind: {
        ...textKind('NODE', 'the name of a node, or an address'),
        choices: ({ nodes }) => nodes,
      },
      about: 'on which node, by name or address; without it on the first that answers',
      place: 2,
      isOptional: true,
    },
  },
  use: { session: { word: 'session', kind: sessionKind, about: 'which session', place: 1 } },
  close: {},
  wait: {
    of,
    outcomes: {
      word: 'outcomes',
      kind: listKind(outcomeKind),
      about: 'which will do; without it any answer to a call',
      place: 2,
      isOptional: true,
    },
    withinMs,
  },
  expect: {
    of,
    outcome: { word: 'outcome', kind: outcomeKind, about: 'what must be heard next', place: 2 },
    withinMs,
  },
  'expect-nothing': {
    forMs,
    of: { ...of, about: 'only of this lock or session', place: 2, isOptional: true },
  },
  sleep: { forMs },
  show: {},
  help: {
    command: {
      word: 'command',
      kind: { ...textKind('COMMAND', 'a command'), choices: () => commandWords },
      about: 'about which command',
      place: 1,
      isOptional: true,
    },
  },
  quit: {},
}

const callAbouts: Readonly<Record<CallKind, string>> = {
  request: 'asks for a new lock',
  adopt: 'takes over an orphan of that name and mode',
  convert: 'changes mode or range of a granted lock',
  unlock: 'gives a lock up; one that waits is removed',
  cancel: 'ends a waiting request or conversion',
  purge: 'drops orphans',
  'open-space': 'opens a lockspace with attributes that all who open it agree on',
  'leave-space': 'leaves a lockspace',
  query: 'asks the node what it knows',
}

const stepAbouts: Readonly<Record<StepKind, string>> = {
  session: 'opens a session; it is the current one from now on',
  use: 'makes another session the current one',
  close: 'ends the session; its locks are freed',
  wait: 'waits for the next answer or callback and goes on; the script fails when it is another one',
  expect: 'the same for one outcome, and holds its words against what was heard',
  'expect-nothing': 'fails when anything is heard in that time, or was and is not yet taken',
  sleep: 'waits',
  show: 'tells the sessions and the locks of this shell, and who waits',
  help: 'tells the commands, or the words of one',
  quit: 'closes all sessions and ends',
}

/** One command, as the parser needs it. */
export type Command = CallCommand | StepCommand

interface CommandShape {
  readonly about: string
  readonly words: readonly Word<unknown>[]
  /** True when a session can stand before it: `a: close`. */
  readonly isOfSession: boolean
}
export interface CallCommand extends CommandShape {
  readonly sort: 'call'
  readonly word: CallKind
}
export interface StepCommand extends CommandShape {
  readonly sort: 'step'
  readonly word: StepKind
}

const callCommands = (Object.keys(callWords) as CallKind[]).map(
  (word): CallCommand => ({
    sort: 'call',
    word,
    about: callAbouts[word],
    words: wordsOf(callWords[word] as AnyFields),
    isOfSession: true,
  }),
)

const stepCommands = (Object.keys(stepWords) as StepKind[]).map(
  (word): StepCommand => ({
    sort: 'step',
    word,
    about: stepAbouts[word],
    words: wordsOf(stepWords[word] as AnyFields),
    isOfSession: word === 'close',
  }),
)

export const commands: readonly Command[] = [...callCommands, ...stepCommands]
export const commandWords: readonly string[] = commands.map(({ word }) => word)

/** The words that can stand in a line after what it has so far; `expect` has those of its outcome. */
export function wordsAfter(command: Command, given: Given): readonly Word<unknown>[] {
  if (command.word !== 'expect') return command.words
  const carrier = expectedCarrier(given)
  return carrier === undefined ? command.words : [...command.words, ...eventWords(carrier)]
}

/** The event that an `expect` is about, when its first words are right. */
export function expectedCarrier(given: Given): EventKind | undefined {
  const outcome = given.get('outcome')?.value
  const subject = given.get('of')?.value
  if (outcome === undefined || subject === undefined) return undefined
  if (outcomeKind.choices?.(anyNames).includes(outcome) !== true) return undefined
  return carrierOf(outcome as OutcomeWord, subjectKind.read(subject, anyNames))
}
