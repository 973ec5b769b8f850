import { formatTable } from '../table.ts'
import type { Heard } from './heard.ts'
import { quoted } from './typed-words.ts'

/** What was expected, in the words in which events are shown. */
export interface Wanted {
  /** Any of these will do; any at all when there are none. */
  readonly outcomes: readonly string[]
  /** By word; `any` and `none` stand for themselves. */
  readonly words: ReadonlyMap<string, string>
}

/** One side of the comparison. */
export interface Compared {
  readonly word: string
  /** Absent when nothing is expected of it. */
  readonly expected?: string
  /** Absent when it was not said. */
  readonly heard?: string
  readonly isMet: boolean
}

/** Expected and heard, word by word; `undefined` was not heard in time. */
export function compare(wanted: Wanted, heard: Heard | undefined): readonly Compared[] {
  const said = new Map(
    heard?.said.map(({ word, value }) => [word.word, word.kind.write(value, heard.names)]),
  )
  const outcome: Compared = {
    word: 'outcome',
    expected: wanted.outcomes.join('|') || 'any',
    heard: heard?.outcome ?? 'nothing',
    isMet:
      heard !== undefined &&
      (wanted.outcomes.length === 0 || wanted.outcomes.includes(heard.outcome)),
  }
  const asked = [...wanted.words].map(([word, expected]) =>
    compareWord(word, expected, said.get(word)),
  )
  const others = [...said]
    .filter(([word]) => !wanted.words.has(word))
    .map(([word, text]) => ({ word, heard: text, isMet: true }))
  return [outcome, ...asked, ...others]
}

function compareWord(word: string, expected: string, heard: string | undefined): Compared {
  const said = heard === undefined ? {} : { heard }
  return { word, expected, ...said, isMet: isWordMet(word, expected, heard) }
}

export function isAllMet(compared: readonly Compared[]): boolean {
  return compared.every(({ isMet }) => isMet)
}

/** What is said in words of a language may be expected in part. */
const PARTLY: readonly string[] = ['reason', 'detail']

function isWordMet(word: string, expected: string, heard: string | undefined): boolean {
  if (expected === 'any') return heard !== undefined
  if (expected === 'none') return heard === undefined
  // An event leaves out what is not so.
  if (expected === 'no' && heard === undefined) return true
  if (PARTLY.includes(word)) return heard?.includes(expected) === true
  return heard === expected
}

/** The comparison as a table, with a mark before what differs. */
export function formatComparison(compared: readonly Compared[]): string {
  const rows = compared.map(({ word, expected, heard, isMet }) => [
    isMet ? '  ' : '! ',
    word,
    expected === undefined ? '' : quoted(expected),
    heard === undefined ? '' : quoted(heard),
  ])
  return formatTable(['', '', 'expected', 'heard'], rows, (text) => text)
}
