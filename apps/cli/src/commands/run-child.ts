import { type ChildProcess, spawn } from 'node:child_process'
import { constants } from 'node:os'
import { EXIT } from '../exit-code.ts'

/** The signals that are passed on to the command. */
const PASSED_ON = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const
/** A terminal sends these to every process in the foreground by itself. */
const FROM_TERMINAL: readonly string[] = ['SIGINT', 'SIGQUIT']

export interface ChildOptions {
  readonly command: readonly string[]
  readonly environment: NodeJS.ProcessEnv
  /** Aborts when the lock is lost. */
  readonly lost: AbortSignal
  /** Between the request to end and the end by force. */
  readonly graceMs: number
  readonly onLost: () => void
  /** The command could not be started. */
  readonly onNotStarted: (error: Error) => void
}

/**
 * Runs the command, without a shell, with this process's input and output. Resolves with the exit
 * code to pass on: its own, 128 and the signal's number, 126 or 127 when it could not be started, 76
 * when the lock was lost meanwhile.
 */
export async function runChild(options: ChildOptions): Promise<number> {
  const [file = '', ...rest] = options.command
  const child = spawn(file, rest, { stdio: 'inherit', env: options.environment, shell: false })
  const stopPassingOn = passSignalsOn(child)
  const stopWatching = endWhenLost(child, options)
  try {
    const code = await exitOf(child, options)
    return options.lost.aborted ? EXIT.lost : code
  } finally {
    stopPassingOn()
    stopWatching()
  }
}

function exitOf(child: ChildProcess, { onNotStarted }: ChildOptions): Promise<number> {
  return new Promise((resolve) => {
    child.once('error', (error: NodeJS.ErrnoException) => {
      // A signal that could not be delivered also comes here; the process then ends by itself.
      if (child.pid !== undefined) return
      onNotStarted(error)
      resolve(error.code === 'ENOENT' ? EXIT.notFound : EXIT.notExecutable)
    })
    child.once('exit', (code, signal) => {
      resolve(signal === null ? (code ?? EXIT.failed) : EXIT.signalled + constants.signals[signal])
    })
  })
}

function passSignalsOn(child: ChildProcess): () => void {
  const handlers = PASSED_ON.map((signal) => {
    const handler = (): void => {
      const isSentAlready = process.stdin.isTTY === true && FROM_TERMINAL.includes(signal)
      if (!isSentAlready) child.kill(signal)
    }
    process.on(signal, handler)
    return { signal, handler }
  })
  return () => {
    for (const { signal, handler } of handlers) process.off(signal, handler)
  }
}

function endWhenLost(child: ChildProcess, { lost, graceMs, onLost }: ChildOptions): () => void {
  let force: NodeJS.Timeout | undefined
  const end = (): void => {
    onLost()
    child.kill('SIGTERM')
    // A stopped process would keep the request to end for later.
    child.kill('SIGCONT')
    force = setTimeout(() => child.kill('SIGKILL'), graceMs)
  }
  if (lost.aborted) end()
  lost.addEventListener('abort', end, { once: true })
  return () => {
    clearTimeout(force)
    lost.removeEventListener('abort', end)
  }
}
