import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { createNode, type Node } from '../create-node.ts'
import { NodeError } from '../errors.ts'
import type { NodeOptions, NodeTls } from '../options.ts'
import { createLog, type Log } from './log.ts'
import type { NodeSettings } from './setting.ts'

export interface DaemonOptions {
  readonly settings: NodeSettings
  /** Ends when standard input ends: for a parent that must not leave processes behind. */
  readonly endWithStdin: boolean
}

/**
 * Runs one node until it is told to stop. The first SIGTERM or SIGINT lets it leave in order, for
 * `leaveMs` at most; a second one ends it now. Resolves with the exit code.
 */
export async function runDaemon({ settings, endWithStdin }: DaemonOptions): Promise<number> {
  const log = createLog({
    format: settings.log,
    node: settings.name,
    stream: process.stdout,
    now: () => new Date(),
  })
  const stop = stopOrders(endWithStdin)
  const node = await startNode(settings, log)
  if (node === undefined) {
    stop.forget()
    return 1
  }
  const first = await Promise.race([stop.first, node.stopped.then(() => 'stopped' as const)])
  if (first === 'leave') {
    log.write('info', 'leaving', { withinMs: settings.leaveMs })
    const left = node.leave().then(() => 'left' as const)
    const limit = delay(settings.leaveMs, 'late' as const, { ref: false })
    const how = await Promise.race([left, limit, stop.second])
    if (how !== 'left') log.write('warn', 'left-without-handover', { why: how })
  }
  const { why, reason } = await closed(node)
  stop.forget()
  log.write(why === 'halted' ? 'error' : 'info', 'ended', { why, reason })
  return why === 'halted' ? 1 : 0
}

async function startNode(settings: NodeSettings, log: Log): Promise<Node | undefined> {
  try {
    const options = await optionsOf(settings)
    return await createNode({ ...options, onEvent: (event) => log.event(event) })
  } catch (error) {
    if (!NodeError.is(error)) throw error
    log.write('error', 'not-started', { code: error.code, reason: error.message })
    return undefined
  }
}

async function closed(node: Node): ReturnType<() => Node['stopped']> {
  await node.close()
  return node.stopped
}

interface StopOrders {
  readonly first: Promise<'leave' | 'end'>
  readonly second: Promise<'interrupted'>
  forget(): void
}

function stopOrders(endWithStdin: boolean): StopOrders {
  const first = Promise.withResolvers<'leave' | 'end'>()
  const second = Promise.withResolvers<'interrupted'>()
  let count = 0
  const onSignal = (): void => {
    count += 1
    if (count === 1) first.resolve('leave')
    else second.resolve('interrupted')
  }
  process.on('SIGTERM', onSignal)
  process.on('SIGINT', onSignal)
  if (endWithStdin) {
    const onEnd = (): void => {
      first.resolve('end')
      second.resolve('interrupted')
    }
    process.stdin.on('end', onEnd).on('close', onEnd).on('error', onEnd).resume()
  }
  return {
    first: first.promise,
    second: second.promise,
    forget() {
      process.off('SIGTERM', onSignal)
      process.off('SIGINT', onSignal)
      if (endWithStdin) process.stdin.destroy()
    },
  }
}

async function optionsOf(settings: NodeSettings): Promise<NodeOptions> {
  const { name, cluster, host, port, peers, votes, weight, join: joins, timing } = settings
  const { advertise, clientToken, peerToken, sessionLeaseMs } = settings
  const tls = await tlsOf(settings)
  return {
    name,
    cluster,
    listen: { host, port },
    peers,
    votes,
    weight,
    join: joins,
    timing,
    dataDir: settings.dataDir ?? join('.holdfast', name),
    // Half of the time is for sessions to finish, half for what their end brings about.
    limits: { sessionLeaseMs, drainMs: Math.max(1, Math.floor(settings.leaveMs / 2)) },
    ...(advertise === undefined ? {} : { advertise }),
    ...(clientToken === undefined ? {} : { clientToken }),
    ...(peerToken === undefined ? {} : { peerToken }),
    ...(tls === undefined ? {} : { tls }),
  }
}

async function tlsOf({ tlsCert, tlsKey, tlsCa }: NodeSettings): Promise<NodeTls | undefined> {
  if (tlsCert === undefined || tlsKey === undefined) return undefined
  const cert = await readPem('tlsCert', tlsCert)
  const key = await readPem('tlsKey', tlsKey)
  return tlsCa === undefined ? { cert, key } : { cert, key, ca: await readPem('tlsCa', tlsCa) }
}

async function readPem(key: string, path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause)
    throw new NodeError(`${key}: the file cannot be read: ${detail}`, {
      code: 'bad-options',
      cause,
    })
  }
}
