import {
  checkTiming,
  type MembershipTiming,
  TIMING_DEFAULT,
  TIMING_FAST,
  TIMING_WAN,
} from '@holdfast/membership'
import { isNodeName } from '@holdfast/primitives'
import { isLoopback } from '@holdfast/transport-ws'
import { NodeError } from './errors.ts'
import type { NodeOptions } from './options.ts'

const profiles = { default: TIMING_DEFAULT, fast: TIMING_FAST, wan: TIMING_WAN }

export function timingOf({ timing = 'default' }: NodeOptions): MembershipTiming {
  return typeof timing === 'string' ? profiles[timing] : timing
}

/** Throws `NodeError` with every fault at once, so that they can be put right at once. */
export function checkOptions(options: NodeOptions): void {
  const faults = [
    ...nameFaults(options),
    ...peerFaults(options),
    ...listenFaults(options),
    ...checkTiming(timingOf(options)),
  ]
  if (faults.length > 0) throw new NodeError(faults.join('; '), { code: 'bad-options' })
}

function nameFaults(options: NodeOptions): readonly string[] {
  const { name, cluster = 'holdfast', votes = 1, weight = 1 } = options
  const faults: string[] = []
  const rule = 'must be 1 to 64 characters of a-z A-Z 0-9 . _ -'
  if (!isNodeName(name)) faults.push(`name ${rule}`)
  if (!isNodeName(cluster)) faults.push(`cluster ${rule}`)
  if (!Number.isSafeInteger(votes) || votes < 0 || votes > 100) {
    faults.push('votes must be a whole number from 0 to 100')
  }
  if (!Number.isSafeInteger(weight) || weight < 0 || weight > 10) {
    faults.push('weight must be a whole number from 0 to 10')
  }
  return faults
}

function listenFaults({ listen, tls, transport }: NodeOptions): readonly string[] {
  const { host = '127.0.0.1' } = listen ?? {}
  if (tls !== undefined || transport !== undefined || isLoopback(host)) return []
  return [
    `tls is needed to listen on ${host}, where other machines come in; or listen on 127.0.0.1`,
  ]
}

function peerFaults(options: NodeOptions): readonly string[] {
  const { name, peers = [], peerToken, join = false, transport, clientToken } = options
  const faults: string[] = []
  const names = [name, ...peers.map(({ node }) => node)]
  if (new Set(names).size < names.length) faults.push('every node of peers needs a name of its own')
  if (!peers.every(({ node }) => isNodeName(node))) faults.push('a name in peers is no node name')
  if (join && peers.length === 0) faults.push('join: name at least one node in peers')
  if (peers.length > 0 && peerToken === undefined && transport === undefined) {
    faults.push('peerToken is needed, the same on every node')
  }
  for (const [key, token] of Object.entries({ peerToken, clientToken })) {
    if (token !== undefined && !/^[\x21-\x7e]{16,256}$/.test(token)) {
      faults.push(`${key} must be 16 to 256 visible ASCII characters`)
    }
  }
  if (peerToken !== undefined && peerToken === clientToken) {
    faults.push('clientToken must differ from peerToken, or a client could speak as a node')
  }
  return faults
}
