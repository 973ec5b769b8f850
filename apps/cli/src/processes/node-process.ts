import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Household } from './household.ts'

/** One line of a node's log. */
export interface NodeNews {
  readonly event: string
  readonly level: string
  readonly [field: string]: unknown
}

export interface NodeProcessOptions {
  /** The file of the `holdfast` command. */
  readonly command: string
  readonly name: string
  readonly port: number
  readonly dataDir: string
  readonly cluster: string
  readonly timing: string
  /** The other nodes, as `--peers` has them. */
  readonly peers: string
  readonly clientToken: string
  readonly peerToken: string
  readonly household: Household
  /** Flags of Node.js itself. Default: those of this process. */
  readonly runtimeFlags?: readonly string[]
  /** Further flags of the node. */
  readonly moreFlags?: readonly string[]
  readonly onNews: (news: NodeNews) => void
}

/** A node in a process of its own. */
export interface NodeProcess {
  readonly name: string
  readonly address: string
  readonly pid: number | undefined
  /** Resolves when the process is gone, with how it ended. */
  readonly gone: Promise<string>
  kill(signal: NodeJS.Signals): void
  /** Lets it end by itself, as it does when its parent is gone. */
  end(): void
}

export function startNodeProcess(options: NodeProcessOptions): NodeProcess {
  const { command, name, port, dataDir, cluster, peers, timing } = options
  const flags = [
    ['--name', name],
    ['--cluster', cluster],
    ['--port', String(port)],
    ['--data-dir', dataDir],
    ['--timing', timing],
    ...(peers === '' ? [] : [['--peers', peers]]),
    ['--log', 'json'],
    ['--end-with-stdin'],
    options.moreFlags ?? [],
  ].flat()
  const runtimeFlags = options.runtimeFlags ?? process.execArgv
  const child = spawn(process.execPath, [...runtimeFlags, command, 'node', ...flags], {
    // A group of its own: an interrupt typed at the terminal is for the parent to act on.
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: nodeEnvironment(options),
  })
  options.household.add(child)
  // The pipe breaks when the node is killed; its end is told by `exit`.
  child.stdin.on('error', () => undefined)
  const last = readNews(child, options.onNews)
  return {
    name,
    address: `ws://127.0.0.1:${port}`,
    pid: child.pid,
    gone: new Promise((resolve) => {
      child.once('error', (error) => resolve(error.message))
      child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}${last()}`))
    }),
    kill: (signal) => void child.kill(signal),
    end: () => void child.stdin.end(),
  }
}

function nodeEnvironment({ clientToken, peerToken }: NodeProcessOptions): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([key]) => !key.startsWith('HOLDFAST_'))
  return {
    ...Object.fromEntries(inherited),
    // By the environment, as everybody on the machine can read the flags of a process.
    HOLDFAST_CLIENT_TOKEN: clientToken,
    HOLDFAST_PEER_TOKEN: peerToken,
  }
}

/** Reads the log; gives what was said last outside of it, which is why a node did not start. */
function readNews(child: ChildProcess, onNews: (news: NodeNews) => void): () => string {
  let said = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    said = `${said}${chunk.toString('utf8')}`.slice(-2_000)
  })
  if (child.stdout !== null) {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const news = parseNews(line)
      if (news !== undefined) onNews(news)
    })
  }
  return () => (said === '' ? '' : `: ${said.trim()}`)
}

function parseNews(line: string): NodeNews | undefined {
  try {
    return JSON.parse(line) as NodeNews
  } catch {
    return undefined
  }
}
