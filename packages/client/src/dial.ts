/** From an address to a port of a session: the connection and its handshake. */
import { randomBytes, randomInt } from 'node:crypto'
import { isNodeName } from '@holdfast/primitives'
import { TransportError } from '@holdfast/transport'
import { type TlsSettings, webSocketTransport } from '@holdfast/transport-ws'
import { createChannelPort } from './channel-port.ts'
import { type ConnectAttempt, ConnectError } from './errors.ts'
import { readLoopbackToken } from './loopback-token.ts'
import type { SessionPort } from './session-port.ts'

export interface DialOptions {
  /** The name of the cluster. Default `holdfast`. */
  readonly cluster?: string
  /** What the nodes ask of clients. Default, on loopback only: what a node of the same user left. */
  readonly token?: string
  /** What this client is called where locks are listed. Default `client-` and random digits. */
  readonly name?: string
  /** Whether several addresses are tried in the given order or shuffled. Default `given`. */
  readonly order?: 'given' | 'random'
  readonly tls?: TlsSettings
}

/**
 * What opens a port on the first node that answers. Rejects with `ConnectError` or with the signal's
 * reason. Whoever asks again, because a session was lost or not to be had, gets another node first.
 */
export function createPortOpener(
  addresses: readonly string[],
  options: DialOptions,
): (signal: AbortSignal | undefined) => Promise<SessionPort> {
  const dialing = {
    ...options,
    cluster: options.cluster ?? 'holdfast',
    name: options.name ?? `client-${randomBytes(8).toString('hex')}`,
  }
  let turn = options.order === 'random' ? shuffled(addresses) : addresses
  return async (signal) => {
    const { port, at } = await dialFirst(turn, dialing, signal)
    turn = [...turn.slice(at + 1), ...turn.slice(0, at + 1)]
    return port
  }
}

interface Dialing extends DialOptions {
  readonly cluster: string
  readonly name: string
}

/** What the caller can do about it, where the transport cannot know. */
const ADVICE: Readonly<Record<string, (cluster: string) => string>> = {
  'wrong-cluster': (cluster) => `: it is not of the cluster "${cluster}"`,
  refused: () => ': is the token right, and meant for clients?',
}

async function dialFirst(
  addresses: readonly string[],
  dialing: Dialing,
  signal: AbortSignal | undefined,
): Promise<{ readonly port: SessionPort; readonly at: number }> {
  const attempts: ConnectAttempt[] = []
  for (const [at, address] of addresses.entries()) {
    const outcome = await dialOne(address, dialing, signal)
    if (!('detail' in outcome)) return { port: outcome, at }
    attempts.push(outcome)
  }
  if (attempts.length === 0) attempts.push(failed('', 'failed', 'no address was given'))
  throw new ConnectError(attempts)
}

async function dialOne(
  address: string,
  { cluster, name, token: given, tls }: Dialing,
  signal: AbortSignal | undefined,
): Promise<SessionPort | ConnectAttempt> {
  const token = given ?? (await readLoopbackToken(address))
  const fault = faultIn(address, name, token)
  if (fault !== undefined || token === undefined) {
    return failed(address, 'failed', fault ?? 'no token')
  }
  const incarnation = randomBytes(8).toString('hex')
  const transport = webSocketTransport({
    identity: { cluster, node: name, incarnation, role: 'client' },
    tokens: { client: token },
    ...(tls === undefined ? {} : { tls }),
  })
  try {
    const channel = await transport.dial({ address }, signal === undefined ? {} : { signal })
    return createChannelPort(channel, transport.limits.frameBytesMax)
  } catch (error) {
    await transport.close()
    if (signal?.aborted === true) throw signal.reason
    if (TransportError.is(error)) {
      const advice = ADVICE[error.code]
      return failed(address, error.code, error.message + (advice?.(cluster) ?? ''))
    }
    throw error
  }
}

function faultIn(address: string, name: string, token: string | undefined): string | undefined {
  if (!/^wss?:\/\//.test(address) || !URL.canParse(address)) {
    return `${address}: an address looks like ws://127.0.0.1:7400`
  }
  if (!isNodeName(name)) return `name "${name}": 1 to 64 characters of a-z A-Z 0-9 . _ -`
  if (token === undefined) {
    return `${address}: no node of this user runs there, and no token was given`
  }
  if (!/^[\x21-\x7e]{16,}$/.test(token)) {
    return `${address}: the token must be 16 visible ASCII characters or more`
  }
  return undefined
}

function failed(address: string, code: string, detail: string): ConnectAttempt {
  return { address, code, detail }
}

function shuffled<Item>(items: readonly Item[]): readonly Item[] {
  return items
    .map((item) => ({ item, key: randomInt(2 ** 32) }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item)
}
