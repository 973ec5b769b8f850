import type { Writable } from 'node:stream'
import pc from 'picocolors'

/** Where a command writes: data on one side, talk on the other. */
export interface Terminal {
  /** Data, for people or (with `json`) for programs. */
  print(text: string): void
  /** Talk about what is going on; with `json` one object per line. */
  tell(sentence: string, fields?: Readonly<Record<string, unknown>>): void
  readonly json: boolean
  /** True when talk goes to a terminal, which may be coloured and redrawn. */
  readonly isLive: boolean
  readonly paint: Paint
  /** Writes to the stream of the talk as it is. */
  write(text: string): void
}

export type Paint = Pick<
  ReturnType<typeof pc.createColors>,
  'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'blue' | 'magenta' | 'cyan' | 'inverse'
>

export interface TerminalOptions {
  readonly json: boolean
  readonly stdout: Writable
  readonly stderr: NodeJS.WriteStream
  readonly environment: Readonly<Record<string, string | undefined>>
}

export function createTerminal({ json, stdout, stderr, environment }: TerminalOptions): Terminal {
  const { isLive, paint } = paintFor(stderr, environment)
  return {
    json,
    isLive: isLive && !json,
    paint: json ? pc.createColors(false) : paint,
    print: (text) => void stdout.write(`${text}\n`),
    tell(sentence, fields = {}) {
      stderr.write(json ? `${toJson({ message: sentence, ...fields })}\n` : `${sentence}\n`)
    },
    write: (text) => void stderr.write(text),
  }
}

/** Colours and a line that is redrawn are for terminals; `NO_COLOR` switches the colours off. */
export function paintFor(
  stream: NodeJS.WriteStream,
  environment: TerminalOptions['environment'],
): { readonly paint: Paint; readonly isLive: boolean } {
  const isLive = stream.isTTY === true && environment['TERM'] !== 'dumb'
  const noColor = (environment['NO_COLOR'] ?? '') !== ''
  return { isLive, paint: pc.createColors(isLive && !noColor) }
}

/** JSON with tokens as decimal text, as a number could not hold them, and bytes as hexadecimal text. */
export function toJson(value: unknown, indent?: number): string {
  return JSON.stringify(
    value,
    (_, field: unknown) => {
      if (typeof field === 'bigint') return String(field)
      return field instanceof Uint8Array ? Buffer.from(field).toString('hex') : field
    },
    indent,
  )
}
