import type { ResourceName } from '@holdfast/lock-engine/messages'

/** A resource by its whole path, as the checkers and reports name it. */
export function pathKey({ space, path = [], name }: ResourceName): string {
  return [space, ...path, name].join('/')
}

/** The resource above it. */
export function keyAbove({ space, path = [] }: ResourceName): string | undefined {
  return path.length === 0 ? undefined : [space, ...path].join('/')
}
