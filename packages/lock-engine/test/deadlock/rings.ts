import type { BoardLock } from './board.ts'
import type { SearchWorld } from './search-world.ts'

/**
 * Session i holds a resource of its own and waits for that of the next, so many ms (default 20) after
 * the one before. Sessions and masters go round the nodes.
 */
export function ring(
  world: SearchWorld,
  parties: number,
  nodes: number,
  { priorities = [], gapMs = 20 }: { priorities?: readonly number[]; gapMs?: number } = {},
): BoardLock[] {
  const session = (index: number): string => `${1 + (index % nodes)}/${index + 1}`
  const name = (index: number): string => `${1 + ((index * 2) % nodes)}/r${index}`
  for (let index = 0; index < parties; index += 1) {
    world.board.request(session(index), name(index), 'EX')
  }
  return Array.from({ length: parties }, (_, index) => {
    world.runFor(gapMs)
    const priority = priorities[index] ?? 128
    return world.board.request(session(index), name((index + 1) % parties), 'EX', { priority })
  })
}
