import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type Cluster, connect } from '@holdfast/client'
import type { Access } from '../src/access.ts'
import { findFreePorts } from '../src/processes/free-ports.ts'
import { createHousehold } from '../src/processes/household.ts'
import { type NodeProcess, startNodeProcess } from '../src/processes/node-process.ts'

export const command: string = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const SOURCE = '--conditions=@holdfast/source'

/** How a process ended, and all that it said. */
export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface Running {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
  /** Resolves when standard output has the text. */
  said(text: string): Promise<void>
  readonly stdout: string
}

/** A cluster of real processes for one test file. */
export interface PlayCluster {
  readonly addresses: readonly string[]
  /** What a command is told by its environment. */
  readonly access: Access
  readonly nodes: Map<string, NodeProcess>
  startNode(name: string): NodeProcess
  /** Runs the `holdfast` command against the cluster. */
  holdfast(args: readonly string[], environment?: NodeJS.ProcessEnv): Running
  /** Runs a fixture of this folder with the environment that the command would have. */
  script(file: URL, args: readonly string[]): Running
  connect(index?: number): Promise<Cluster>
  /** Resolves when these nodes are exactly the members of an active view, and all say so. */
  gathered(names: readonly string[]): Promise<void>
  end(): Promise<void>
}

export interface PlayOptions {
  readonly nodes: number
  readonly sessionLeaseMs?: number
}

export async function startPlayCluster({
  nodes,
  sessionLeaseMs,
}: PlayOptions): Promise<PlayCluster> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-play-'))
  // Test files run side by side: each begins its search somewhere else.
  const ports = await findFreePorts(20_000 + (randomBytes(2).readUInt16BE() % 20_000), nodes)
  const clientToken = randomBytes(16).toString('hex')
  const peerToken = randomBytes(16).toString('hex')
  const names = ports.map((_, index) => `n${index + 1}`)
  const addresses = ports.map((port) => `ws://127.0.0.1:${port}`)
  const household = createHousehold()
  const started = new Map<string, NodeProcess>()
  const environment = {
    ...process.env,
    HOLDFAST_ADDRESS: addresses.join(','),
    HOLDFAST_CLUSTER: 'play',
    HOLDFAST_CLIENT_TOKEN: clientToken,
  }

  const spawned = (args: readonly string[], more: NodeJS.ProcessEnv = {}): Running => {
    const child = spawn(process.execPath, [SOURCE, ...args], {
      env: { ...environment, ...more },
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    household.add(child)
    return watch(child)
  }

  const cluster: PlayCluster = {
    addresses,
    access: { addresses, cluster: 'play', token: clientToken },
    nodes: started,
    startNode(name) {
      const index = names.indexOf(name)
      const others = names.filter((other) => other !== name)
      const node = startNodeProcess({
        command,
        runtimeFlags: [SOURCE],
        name,
        port: ports[index] ?? 0,
        dataDir: join(folder, name),
        cluster: 'play',
        timing: 'default',
        peers: others.map((other) => `${other}=${addresses[names.indexOf(other)]}`).join(','),
        clientToken,
        peerToken,
        household,
        moreFlags: sessionLeaseMs === undefined ? [] : ['--session-lease-ms', `${sessionLeaseMs}`],
        onNews: () => undefined,
      })
      started.set(name, node)
      return node
    },
    holdfast: (args, more) => spawned([command, ...args], more),
    script: (file, args) => spawned([fileURLToPath(file), ...args]),
    connect: (index = 0) =>
      connect([...addresses.slice(index), ...addresses.slice(0, index)], {
        cluster: 'play',
        token: clientToken,
      }),
    async gathered(expected) {
      for (;;) {
        const statuses = await Promise.all(
          expected.map(async (name) => {
            try {
              const address = addresses[names.indexOf(name)] ?? ''
              await using one = await connect(address, { cluster: 'play', token: clientToken })
              return await one.status()
            } catch {
              return undefined
            }
          }),
        )
        const [first] = statuses
        const isOne = statuses.every((status) => status?.active && status.epoch === first?.epoch)
        const found = first?.members.map(({ node }) => node).toSorted()
        if (isOne && found?.join() === expected.toSorted().join()) return
        await delay(50)
      }
    },
    async end() {
      await household.endAll()
      await rm(folder, { recursive: true, force: true })
    },
  }
  for (const name of names) cluster.startNode(name)
  await cluster.gathered(names)
  return cluster
}

function watch(child: ChildProcess): Running {
  let stdout = ''
  let stderr = ''
  let waiting: (() => boolean)[] = []
  child.stdout?.on('data', (chunk: Buffer) => {
    stdout += chunk.toString('utf8')
    waiting = waiting.filter((check) => !check())
  })
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk.toString('utf8')
  })
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }))
  })
  return {
    child,
    ended,
    get stdout(): string {
      return stdout
    },
    said: (text) =>
      new Promise((resolve, reject) => {
        const check = (): boolean => {
          if (!stdout.includes(text)) return false
          resolve()
          return true
        }
        if (!check()) waiting.push(check)
        void ended.then(() => reject(new Error(`ended without saying "${text}": ${stderr}`)))
      }),
  }
}

/** True while the process exists, stopped or not. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
