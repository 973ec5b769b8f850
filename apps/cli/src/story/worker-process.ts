import { type ChildProcess, spawn } from 'node:child_process'
import type { Household } from '../processes/household.ts'
import type { WorkerNews, WorkerOrder } from './worker-messages.ts'

export interface WorkerProcessOptions {
  /** The file of the `holdfast` command. */
  readonly command: string
  readonly name: string
  readonly role: 'writer' | 'reader'
  readonly file: string
  readonly addresses: readonly string[]
  readonly clientToken: string
  readonly household: Household
  readonly onNews: (news: WorkerNews) => void
}

/** A worker in a process of its own. */
export interface WorkerProcess {
  readonly name: string
  readonly pid: number | undefined
  /** Resolves when the process is gone. */
  readonly gone: Promise<void>
  order(order: WorkerOrder): void
  kill(signal: NodeJS.Signals): void
}

export function startWorkerProcess(options: WorkerProcessOptions): WorkerProcess {
  const { command, name, role, file, addresses, clientToken } = options
  const args = [command, 'story-worker', role, name, file, ...addresses]
  const child = spawn(process.execPath, [...process.execArgv, ...args], {
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, HOLDFAST_CLIENT_TOKEN: clientToken },
  })
  options.household.add(child)
  child.on('message', (news: WorkerNews) => options.onNews(news))
  return {
    name,
    pid: child.pid,
    gone: goneOf(child),
    order(order) {
      // Whether it still lives is told by `gone`, not by a message that finds nobody.
      if (child.connected) child.send(order, () => undefined)
    },
    kill: (signal) => void child.kill(signal),
  }
}

function goneOf(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('error', () => resolve())
    child.once('exit', () => resolve())
  })
}
