import { type Cluster, textOfName } from '@holdfast/client'

/** Everything in the cluster that waits for the lock of that name, and for whom. */
export async function whoWaits(cluster: Cluster, space: string, name: string): Promise<string[]> {
  const lines: string[] = []
  const filter = { resource: { space, name }, blockers: true }
  for await (const lock of cluster.locks({ filter })) {
    if (lock.queue === 'granted') continue
    const blockers = (lock.blockedBy ?? []).map(({ session, mode }) => `${session} in ${mode}`)
    const shown = textOfName(lock.resource.name)
    lines.push(`${lock.session} wants ${lock.wanted} on ${shown}, behind ${blockers.join(', ')}`)
  }
  return lines
}
