import { registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { Plant } from './plant.ts'

const root = new URL('../../../../', import.meta.url)

/** The source with the bug in it; throws when the place is not there exactly once. */
export function mutate(source: string, plant: Plant): string {
  const found = source.split(plant.find).length - 1
  if (found !== 1) {
    throw new Error(`plant ${plant.name}: its text occurs ${found} times in ${plant.file}`)
  }
  return source.replace(plant.find, () => plant.replace)
}

/** From now on the file is loaded with the bug in it. Must come before its first import. */
export function plantBug(plant: Plant): void {
  const path = fileURLToPath(new URL(plant.file, root))
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context)
      if (!url.startsWith('file:') || fileURLToPath(url) !== path) return loaded
      return { ...loaded, source: mutate(String(loaded.source), plant) }
    },
  })
}
