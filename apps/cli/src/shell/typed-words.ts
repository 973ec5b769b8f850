import { Fault } from './fault.ts'

/** A word as it was typed. */
export interface TypedWord {
  /** Without its quotes. */
  readonly text: string
  /** Where it begins in the line, from 0. */
  readonly at: number
  /** Where in `text` the first quoted part begins; what is quoted is never the name of a word. */
  readonly quotedFrom?: number
}

/**
 * Splits a line at white space. Double quotes keep it; in them `\"` and `\\` stand for the character. A
 * `#` at the start of a word begins a remark.
 */
export function splitWords(line: string): readonly TypedWord[] {
  const words: TypedWord[] = []
  let at = 0
  while (at < line.length) {
    if (/\s/.test(line.charAt(at))) {
      at += 1
      continue
    }
    if (line.charAt(at) === '#') return words
    const { word, end } = readTyped(line, at)
    words.push(word)
    at = end
  }
  return words
}

function readTyped(line: string, at: number): { readonly word: TypedWord; readonly end: number } {
  let text = ''
  let quotedFrom: number | undefined
  let end = at
  while (end < line.length && !/\s/.test(line.charAt(end))) {
    if (line.charAt(end) !== '"') {
      text += line.charAt(end)
      end += 1
      continue
    }
    quotedFrom ??= text.length
    const quoted = /^"((?:[^"\\]|\\.)*)"/.exec(line.slice(end))
    if (quoted === null)
      throw new Fault('a quote is not closed', { word: { text: line.slice(end), at: end } })
    text += (quoted[1] ?? '').replace(/\\(["\\])/g, '$1')
    end += quoted[0].length
  }
  const word = { text, at, ...(quotedFrom === undefined ? {} : { quotedFrom }) }
  return { word, end }
}

/** A text as it can be typed again. */
export function quoted(text: string): string {
  return /^[^\s"#\\]+$/.test(text) ? text : `"${text.replace(/(["\\])/g, '\\$1')}"`
}
