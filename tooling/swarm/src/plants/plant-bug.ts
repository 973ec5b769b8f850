import { registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { Edit, Plant } from './plant.ts'

const root = new URL('../../../../', import.meta.url)

/** All places that a bug changes. */
export function editsOf(plant: Plant): readonly Edit[] {
  return [plant, ...(plant.also ?? [])]
}

/** The source with the bug in it; throws when the place is not there exactly once. */
export function mutate(source: string, edit: Edit): string {
  const found = source.split(edit.find).length - 1
  if (found !== 1) {
    throw new Error(`"${edit.find}" occurs ${found} times in ${edit.file} and not once`)
  }
  return source.replace(edit.find, () => edit.replace)
}

/** From now on the files are loaded with the bug in them. Must come before their first import. */
export function plantBug(plant: Plant): void {
  const edits = editsOf(plant).map((edit) => ({
    ...edit,
    path: fileURLToPath(new URL(edit.file, root)),
  }))
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context)
      if (!url.startsWith('file:')) return loaded
      const path = fileURLToPath(url)
      const due = edits.filter((edit) => edit.path === path)
      if (due.length === 0) return loaded
      return { ...loaded, source: due.reduce(mutate, String(loaded.source)) }
    },
  })
}
