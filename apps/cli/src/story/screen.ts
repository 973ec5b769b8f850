import type { Paint } from '../terminal.ts'

/** Where the story is told: lines that stay, and on a terminal one line below them that lives. */
export interface Screen {
  readonly paint: Paint
  /** A heading of its own. */
  scene(title: string): void
  /** Something happened. */
  say(sentence: string): void
  good(sentence: string): void
  bad(sentence: string): void
  /** Gives the live line; asked again a few times a second on a terminal, never elsewhere. */
  watch(line: (columns: number) => string): void
  /** Takes the live line away and stops asking. */
  close(): void
}

export interface ScreenOptions {
  readonly stream: NodeJS.WriteStream
  readonly paint: Paint
  readonly isLive: boolean
  /** Milliseconds since the story began. */
  readonly elapsed: () => number
}

const REDRAW_MS = 120
const CLEAR_LINE = '\r\u001b[2K'

export function createScreen({ stream, paint, isLive, elapsed }: ScreenOptions): Screen {
  let liveLine: ((columns: number) => string) | undefined
  let drawn = false

  const clear = (): void => {
    if (drawn) stream.write(CLEAR_LINE)
    drawn = false
  }
  const draw = (): void => {
    if (liveLine === undefined) return
    stream.write(`${CLEAR_LINE}${liveLine(stream.columns ?? 80)}`)
    drawn = true
  }
  const line = (text: string): void => {
    clear()
    stream.write(`${text}\n`)
    if (isLive) draw()
  }
  const timer = isLive ? setInterval(draw, REDRAW_MS).unref() : undefined
  const stamp = (): string => paint.dim(`${(elapsed() / 1_000).toFixed(1).padStart(6)} s`)

  return {
    paint,
    scene: (title) => line(`\n${paint.bold(title)}`),
    say: (sentence) => line(`${stamp()}  ${sentence}`),
    good: (sentence) => line(`${stamp()}  ${paint.green('✓')} ${sentence}`),
    bad: (sentence) => line(`${stamp()}  ${paint.red('✗')} ${sentence}`),
    watch(given) {
      liveLine = given
      if (isLive) draw()
    },
    close() {
      clearInterval(timer)
      clear()
      liveLine = undefined
    },
  }
}
