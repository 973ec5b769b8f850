import { ConnectError, SessionClosedError } from '@holdfast/client'
import {
  createPortOpener,
  openRawSession,
  type RawSession,
  type RawSessionOptions,
} from '@holdfast/client/raw-session'
import type { Access } from '../access.ts'
import { EXIT } from '../exit-code.ts'
import { openCluster } from '../open-cluster.ts'
import { Fault } from './fault.ts'
import { orRather } from './parse.ts'

export interface SessionRequest extends Pick<RawSessionOptions, 'onEvent' | 'onEnd'> {
  readonly access: Access
  /** What the client is called where locks are listed. */
  readonly name: string
  /** The name of a node or an address; without it the first that answers. */
  readonly node: string | undefined
  readonly signal: AbortSignal
}

/** Rejects with a `Fault` when the node is unknown or does not answer. */
export async function openSession(request: SessionRequest): Promise<RawSession> {
  const { access, name, node, ...callbacks } = request
  const { cluster, token } = access
  try {
    const addresses = node === undefined ? access.addresses : [await addressOf(node, request)]
    const options = { cluster, name, ...(token === undefined ? {} : { token }) }
    const openPort = createPortOpener(addresses, options)
    return await openRawSession({ openPort, ...callbacks })
  } catch (cause) {
    if (!ConnectError.is(cause) && !SessionClosedError.is(cause)) throw cause
    throw new Fault(cause.message, { cause, exitCode: EXIT.unavailable })
  }
}

async function addressOf(node: string, { access, signal }: SessionRequest): Promise<string> {
  if (/^wss?:\/\//.test(node)) return node
  await using cluster = await openCluster(access, signal)
  const { members } = await cluster.status()
  const member = members.find((one) => one.node === node)
  if (member !== undefined) return member.address
  const names = members.map((one) => one.node)
  throw new Fault(
    `no node is called ${node}${orRather(node, names, `; there are ${names.join(', ')}`)}`,
  )
}
