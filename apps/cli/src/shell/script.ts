import { EXIT } from '../exit-code.ts'
import { WITHIN_MS } from './commands.ts'
import { Fault } from './fault.ts'
import { checkLine } from './interpret.ts'
import { readLine } from './json-line.ts'
import { Unmet } from './listen.ts'
import type { Complaint, Output, Place } from './output.ts'
import type { Shell } from './shell.ts'

export interface ScriptOptions {
  readonly shell: Shell
  readonly output: Output
  /** What complaints call it. */
  readonly file: string
}

/** Faults of a script that can be seen before its first line runs; all of them are told. */
export function checkScript(lines: readonly string[], options: ScriptOptions): boolean {
  const { output, file } = options
  const faulty = lines.filter((text, index) => {
    try {
      const line = readLine(text)
      if (line !== undefined) checkLine(line)
      return false
    } catch (error) {
      if (!Fault.is(error)) throw error
      output.fault(complaintOf(error, { file, line: index + 1, text }))
      return true
    }
  })
  return faulty.length === 0
}

/** Runs lines until one fails or they end; then what is still to be heard comes. Resolves with the exit code. */
export async function runScript(
  lines: AsyncIterable<string> | Iterable<string>,
  { shell, output, file }: ScriptOptions,
): Promise<number> {
  const never = new AbortController().signal
  let number = 0
  for await (const text of lines) {
    number += 1
    const place: Place = { file, line: number, text }
    try {
      const line = readLine(text)
      if (line === undefined) continue
      output.step(place)
      if ((await shell.run(line, never)) === 'quit') return EXIT.ok
    } catch (error) {
      return tellFailure(error, place, output)
    }
  }
  await shell.answered(WITHIN_MS)
  return EXIT.ok
}

function tellFailure(error: unknown, place: Place, output: Output): number {
  if (error instanceof Unmet) {
    output.unmet({ message: error.message, place, text: place.text }, error.compared)
    return EXIT.unmet
  }
  if (!Fault.is(error)) throw error
  output.fault(complaintOf(error, place))
  return error.exitCode
}

function complaintOf({ message, word }: Fault, place: Place): Complaint {
  return { message, place, text: place.text, ...(word === undefined ? {} : { word }) }
}
