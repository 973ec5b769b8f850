import type { Cluster, LockHandle } from '@holdfast/client'

/** Keeps a cached lock until somebody else wants it, and says what happens to it. */
export function cacheLock(cluster: Cluster, tell: (line: string) => void): LockHandle {
  const handle = cluster.lockspace('cache').enqueue({
    name: new Uint8Array([0x00, 0xff]),
    mode: 'PR',
    alternateCW: true,
    priority: 10,
    timeoutMs: 5_000,
    onCompletion: ({ of, outcome, mode = '-' }) => tell(`${of}: ${outcome}, ${mode}`),
    onBlocking: async (wanted) => {
      tell(`somebody wants ${wanted}`)
      const { outcome } = await handle.convert('NL')
      if (outcome !== 'granted') tell('it could not be given up')
    },
  })
  tell(`lock ${handle.number} on ${handle.name}`)
  return handle
}
