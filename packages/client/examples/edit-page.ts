import type { Cluster, Lock } from '@holdfast/client'

/** A page of a file: its bytes from `start` to `end`, both inclusive. */
export interface Page {
  readonly start: number
  readonly end: number
}

/** Edits one page. Others may edit other pages meanwhile, but nobody can remove the file. */
export async function editPage(
  cluster: Cluster,
  file: string,
  page: Page,
  edit: (lock: Lock) => Promise<void>,
): Promise<void> {
  const files = cluster.lockspace('files')
  // Whoever wants to remove the file takes it in EX.
  await using parent = await files.acquire(file, { mode: 'CR' })
  await files.request('content', { mode: 'EX', parent, range: page }, edit)
}
