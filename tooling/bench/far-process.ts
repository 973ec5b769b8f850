import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** A process of the far side. */
export interface FarProcess {
  say(message: string): void
  /** The next thing it says. */
  hear(): Promise<string>
  end(): Promise<void>
}

export function startFarProcess(part: string, secret: string, lanes = 0): FarProcess {
  const file = fileURLToPath(new URL('./far-side.ts', import.meta.url))
  const child = fork(file, [part, secret, String(lanes)], { execArgv: process.execArgv })
  const heard: string[] = []
  const waiting: ((message: string) => void)[] = []
  child.on('message', (message: string) => {
    const next = waiting.shift()
    if (next === undefined) heard.push(message)
    else next(message)
  })
  return {
    say: (message) => void child.send(message),
    hear() {
      const next = heard.shift()
      if (next !== undefined) return Promise.resolve(next)
      return Promise.race([new Promise<string>((resolve) => waiting.push(resolve)), endOf(child)])
    },
    async end() {
      const gone = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGKILL')
      await gone
    },
  }
}

function endOf(child: ChildProcess): Promise<never> {
  return new Promise((_, reject) => {
    child.once('exit', (code) => reject(new Error(`the far side ended with exit code ${code}`)))
  })
}
