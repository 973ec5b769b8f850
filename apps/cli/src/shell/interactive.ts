import {
  clearScreenDown,
  createInterface,
  cursorTo,
  type Interface,
  moveCursor,
} from 'node:readline'
import type { Paint } from '../terminal.ts'
import { completeLine } from './complete.ts'
import { Fault } from './fault.ts'
import { HISTORY_MAX, type History } from './history.ts'
import { readLine } from './json-line.ts'
import { Unmet } from './listen.ts'
import type { Complaint, Output } from './output.ts'
import type { Shell } from './shell.ts'

export interface InteractiveOptions {
  readonly input: NodeJS.ReadStream
  readonly screen: NodeJS.WriteStream
  readonly paint: Paint
  readonly history: History
  /** Makes the shell; what it shows goes through `print`, above the line that is being typed. */
  readonly start: (print: (text: string) => void) => { shell: Shell; output: Output }
}

/** Reads lines from a terminal until `quit` or Ctrl-D. */
export async function runInteractive(options: InteractiveOptions): Promise<void> {
  const { input, screen, history, start } = options
  const reader = createInterface({
    input,
    output: screen,
    completer: (line: string) => completeLine(line, shell.world.names(shell.world.current)),
    history: await history.load(),
    historySize: HISTORY_MAX,
    removeHistoryDuplicates: true,
  })
  const { shell, output } = start((text) => printAbove(text, reader, screen))
  await new Dialogue(options, { reader, shell, output }).ended
}

interface Parts {
  readonly reader: Interface
  readonly shell: Shell
  readonly output: Output
}

/** One line after the other; what is typed meanwhile waits for its turn. */
class Dialogue {
  readonly #options: InteractiveOptions
  readonly #parts: Parts
  readonly ended: Promise<void>
  #turn: Promise<void> = Promise.resolve()
  /** Ends the line that runs; undefined while none does. */
  #running: AbortController | undefined
  #isOver = false

  constructor(options: InteractiveOptions, parts: Parts) {
    this.#options = options
    this.#parts = parts
    const { reader, shell } = parts
    reader.on('line', (line) => {
      this.#turn = this.#turn.then(() => this.#take(line))
    })
    reader.on('SIGINT', () => this.#interrupt())
    this.ended = new Promise((resolve) => {
      reader.once('close', () => {
        this.#isOver = true
        this.#leaveLine()
        this.#running?.abort()
        shell.close()
        resolve()
      })
    })
    options.screen.write('A lock shell. `help` tells what it knows; Ctrl-D ends it.\n')
    this.#prompt()
  }

  async #take(text: string): Promise<void> {
    if (this.#isOver) return
    if (text.trim() !== '') await this.#options.history.add(text)
    this.#running = new AbortController()
    // While a line waits, the prompt says so.
    this.#parts.reader.setPrompt('... ')
    this.#parts.reader.prompt(true)
    try {
      const line = readLine(text)
      const next =
        line === undefined ? 'on' : await this.#parts.shell.run(line, this.#running.signal)
      if (next === 'quit') this.#parts.reader.close()
    } catch (error) {
      this.#complain(error, text)
    }
    this.#running = undefined
    this.#prompt()
  }

  #complain(error: unknown, text: string): void {
    const { output } = this.#parts
    if (error instanceof Unmet) {
      output.unmet({ message: error.message, text }, error.compared)
    } else if (Fault.is(error)) {
      output.fault(complaintOf(error, text))
    } else if (this.#running?.signal.aborted === true) {
      output.fault({ message: 'interrupted', text })
    } else {
      throw error
    }
  }

  /** What comes next on the screen begins at the start of a line: after `quit` in place of the prompt. */
  #leaveLine(): void {
    const { screen } = this.#options
    if (this.#running === undefined) {
      screen.write('\n')
      return
    }
    cursorTo(screen, 0)
    clearScreenDown(screen)
  }

  #prompt(): void {
    if (this.#isOver) return
    const { reader, shell } = this.#parts
    const session = shell.world.current?.label ?? ''
    reader.setPrompt(this.#options.paint.bold(`holdfast${session === '' ? '' : ` ${session}`}> `))
    reader.prompt(true)
  }

  #interrupt(): void {
    const { reader } = this.#parts
    if (this.#running !== undefined) {
      this.#running.abort()
      return
    }
    if (reader.line === '') {
      printAbove('`quit` or Ctrl-D ends the shell.', reader, this.#options.screen)
      return
    }
    reader.write(null, { ctrl: true, name: 'e' })
    reader.write(null, { ctrl: true, name: 'u' })
  }
}

function complaintOf({ message, word }: Fault, text: string): Complaint {
  return { message, text, ...(word === undefined ? {} : { word }) }
}

/** Writes in place of the line that is being typed, and draws it again below. */
function printAbove(text: string, reader: Interface, screen: NodeJS.WriteStream): void {
  const { rows } = reader.getCursorPos()
  if (rows > 0) moveCursor(screen, 0, -rows)
  cursorTo(screen, 0)
  clearScreenDown(screen)
  screen.write(`${text}\n`)
  // Readline notes here how far it has to go up before it draws; we stand where it has to begin.
  Object.assign(reader, { prevRows: 0 })
  reader.prompt(true)
}
