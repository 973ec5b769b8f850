import { type Cluster, type LockName, textOfName } from '@holdfast/client'

/** Everything in the cluster that waits for the lock of that name, and for whom. */
export async function whoWaits(cluster: Cluster, space: string, name: string): Promise<string[]> {
  const lines: string[] = []
  const filter = { resource: { space, name }, details: true }
  for await (const lock of cluster.locks({ filter })) {
    if (lock.queue === 'granted') continue
    const blockers = (lock.blockedBy ?? []).map((one) => `${nameOf(one)} in ${one.mode}`)
    const shown = textOfName(lock.resource.name)
    lines.push(`${nameOf(lock)} wants ${lock.wanted} on ${shown}, behind ${blockers.join(', ')}`)
  }
  return lines
}

/** A session as its node names it. */
function nameOf({ node, session }: Pick<LockName, 'node' | 'session'>): string {
  return `${node}/${session}`
}
