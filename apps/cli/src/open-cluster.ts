import { type Cluster, connect } from '@holdfast/client'
import type { Access } from './access.ts'

/** Rejects with `ConnectError` when no address answers. */
export function openCluster(access: Access, signal?: AbortSignal): Promise<Cluster> {
  return connect(access.addresses, {
    cluster: access.cluster,
    ...(access.token === undefined ? {} : { token: access.token }),
    ...(signal === undefined ? {} : { signal }),
  })
}
