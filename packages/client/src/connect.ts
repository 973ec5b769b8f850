import { type Cluster, createCluster } from './cluster.ts'
import { createPortOpener, type DialOptions } from './dial.ts'
import type { ClusterOptions } from './session-keeper.ts'

export interface ConnectOptions extends Omit<ClusterOptions, 'openPort'>, DialOptions {
  /** Ends the attempt to connect; a session that is open is not touched. */
  readonly signal?: AbortSignal
}

/**
 * Opens a session on the first node that answers. Rejects with `ConnectError` (with each address and
 * its cause) or with the signal's reason.
 */
export function connect(
  addresses: string | readonly string[],
  options: ConnectOptions = {},
): Promise<Cluster> {
  const { cluster, token, name, order, tls, signal, ...clusterOptions } = options
  const list = typeof addresses === 'string' ? [addresses] : addresses
  const openPort = createPortOpener(list, options)
  return createCluster({ portsMax: list.length, ...clusterOptions, openPort }, signal)
}
