import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { EXIT, ExitError } from '../exit-code.ts'
import { findFreePorts } from '../processes/free-ports.ts'
import { createHousehold } from '../processes/household.ts'
import { type NodeNews, type NodeProcess, startNodeProcess } from '../processes/node-process.ts'
import type { Terminal } from '../terminal.ts'

export interface UpOptions {
  readonly nodes: number
  readonly port: number
  readonly data: string
  readonly cluster: string
  readonly timing: string
  readonly command: string
  readonly terminal: Terminal
}

/** How long nodes may take to end by themselves, ms. */
const ENDING_MS = 2_000

/** What is worth a line here; the rest is in the log of a node that is run by itself. */
const SHOWN: readonly string[] = [
  'started',
  'installed',
  'activated',
  'recovered',
  'authority-lost',
  'authority-regained',
  'restarting',
  'stopped',
  'store-failed',
  'store-repaired',
]

/** Runs a cluster for development until it is interrupted. Resolves with the exit code. */
export async function up(options: UpOptions): Promise<number> {
  const { terminal, data, cluster } = options
  const ports = await findFreePorts(options.port, options.nodes)
  if (ports.length < options.nodes) {
    throw new ExitError(`fewer than ${options.nodes} ports are free`, {
      exitCode: EXIT.unavailable,
    })
  }
  if (ports.some((port, index) => port !== options.port + index)) {
    terminal.tell(`some ports are taken; using ${ports.join(', ')}`, { event: 'ports', ports })
  }
  const household = createHousehold()
  const stop = interrupted()
  const secrets = {
    clientToken: randomBytes(16).toString('hex'),
    peerToken: randomBytes(16).toString('hex'),
  }
  const nodes = await Promise.all(
    ports.map(async (port, index): Promise<NodeProcess> => {
      const name = `n${index + 1}`
      const dataDir = join(data, name)
      await mkdir(dataDir, { recursive: true })
      const peers = ports
        .map((other, at) => `n${at + 1}=ws://127.0.0.1:${other}`)
        .filter((_, at) => at !== index)
      const node: NodeProcess = startNodeProcess({
        ...secrets,
        command: options.command,
        name,
        port,
        dataDir,
        cluster,
        timing: options.timing,
        peers: peers.join(','),
        household,
        onNews: (news) => tellNews(terminal, node, news),
      })
      return node
    }),
  )
  let isEnding = false
  for (const node of nodes) {
    void node.gone.then((how) => {
      if (!isEnding) tellGone(terminal, node.name, how)
    })
  }
  terminal.print(nodes.map(({ address }) => address).join('\n'))
  await stop
  isEnding = true
  // The cluster pauses as a whole: nobody leaves it, so that it goes on with the same data.
  for (const node of nodes) node.end()
  await Promise.race([Promise.all(nodes.map(({ gone }) => gone)), delay(ENDING_MS)])
  await household.endAll()
  return EXIT.ok
}

function tellGone(terminal: Terminal, name: string, how: string): void {
  const advice =
    'to have it back, end `holdfast up` and run it again: it goes on with the same data'
  terminal.tell(`${clock()}${terminal.paint.bold(name)} ended: ${how}; ${advice}`, {
    event: 'ended',
    node: name,
    how,
  })
}

function tellNews(
  terminal: Terminal,
  of: NodeProcess,
  { event, level, ...fields }: NodeNews,
): void {
  if (!SHOWN.includes(event) && level === 'info') return
  const { time, node: _, ...others } = fields
  // Whoever tries what a death does has to know whom to kill.
  const rest = event === 'started' ? { ...others, pid: of.pid } : others
  const words = Object.entries(rest).map(([key, value]) => `${key}=${textOf(value)}`)
  terminal.tell(clock(time) + [terminal.paint.bold(of.name), event, ...words].join(' '), {
    event,
    time,
    node: of.name,
    ...rest,
  })
}

/** `12:34:56 `, here and now; the log has whole instants. */
function clock(time?: unknown): string {
  const at = typeof time === 'string' ? new Date(time) : new Date()
  return `${at.toTimeString().slice(0, 8)} `
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function interrupted(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGINT', () => resolve())
    process.once('SIGTERM', () => resolve())
  })
}
