import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import type { Access } from '../access.ts'
import { EXIT, ExitError } from '../exit-code.ts'
import { createHistory, historyPath } from '../shell/history.ts'
import { runInteractive } from '../shell/interactive.ts'
import { createJsonOutput } from '../shell/json-output.ts'
import type { Output } from '../shell/output.ts'
import { checkScript, runScript, type ScriptOptions } from '../shell/script.ts'
import { Shell } from '../shell/shell.ts'
import { createTextOutput } from '../shell/text-output.ts'
import { paintFor } from '../terminal.ts'

export interface ShellRequest {
  readonly access: Access
  /** A script; without one, what is typed or comes on standard input. */
  readonly file: string | undefined
  readonly space: string
  readonly json: boolean
}

/** Runs a script or a dialogue. Resolves with the exit code. */
export async function shell(request: ShellRequest): Promise<number> {
  if (request.file === undefined && process.stdin.isTTY && !request.json) {
    return dialogue(request)
  }
  const { access, space, json, file } = request
  const output = json ? createJsonOutput(print) : textOutput(print, tell)
  const options: ScriptOptions = {
    shell: new Shell({ access, space, output }),
    output,
    file: file ?? 'standard input',
  }
  try {
    if (file === undefined)
      return await runScript(createInterface({ input: process.stdin }), options)
    const lines = await readLines(file)
    return checkScript(lines, options) ? await runScript(lines, options) : EXIT.usage
  } finally {
    options.shell.close()
    // Whoever wrote the script may keep the pipe open; the script is over all the same.
    process.stdin.destroy()
  }
}

async function dialogue({ access, space }: ShellRequest): Promise<number> {
  await runInteractive({
    input: process.stdin,
    screen: process.stdout,
    paint: paintFor(process.stdout, process.env).paint,
    history: createHistory(historyPath(process.env)),
    start: (write) => {
      const output = textOutput(write, write)
      return { output, shell: new Shell({ access, space, output }) }
    },
  })
  return EXIT.ok
}

function textOutput(write: (text: string) => void, complain: (text: string) => void): Output {
  const { paint } = paintFor(process.stdout, process.env)
  return createTextOutput({ paint, print: write, tell: complain })
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

function tell(text: string): void {
  process.stderr.write(`${text}\n`)
}

async function readLines(file: string): Promise<readonly string[]> {
  try {
    const text = await readFile(file, 'utf8')
    return text.split(/\r?\n/)
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause)
    throw new ExitError(`the script cannot be read: ${detail}`, { exitCode: EXIT.usage, cause })
  }
}
