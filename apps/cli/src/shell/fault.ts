import { EXIT } from '../exit-code.ts'

/** A line that cannot be carried out: what is wrong, and what would be right. */
export class Fault extends Error {
  override readonly name = 'Fault'
  /** The word that is wrong, as it stands in the line; absent when it is about the line as a whole. */
  readonly word: FaultyWord | undefined
  /** How a script ends by it: the line is wrong unless told otherwise. */
  readonly exitCode: number

  constructor(sentence: string, options: FaultOptions = {}) {
    super(sentence, options)
    this.word = options.word
    this.exitCode = options.exitCode ?? EXIT.usage
  }

  static is(value: unknown): value is Fault {
    return value instanceof Fault
  }
}

interface FaultOptions extends ErrorOptions {
  readonly word?: FaultyWord | undefined
  readonly exitCode?: number
}

export interface FaultyWord {
  readonly text: string
  /** Where it begins, in characters from 0; absent in JSON. */
  readonly at?: number
}

/** The line with a mark under the word that is wrong. */
export function pointAt(line: string, { text, at }: FaultyWord): string | undefined {
  if (at === undefined) return undefined
  return `  ${line}\n  ${' '.repeat(at)}${'^'.repeat(Math.max(1, text.length))}`
}
