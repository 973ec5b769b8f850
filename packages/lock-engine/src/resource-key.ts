/**
 * One string per resource, to look things up by: the lockspace and the names from the root down, each
 * behind one character that tells its length. So no two paths of names have the same key, whatever
 * bytes they are made of, and the key of a resource begins with the keys of all above it.
 */
import { levelsMax, nameBytesMax, pathBytesMax } from './limits.ts'
import type { ResourceName } from './messages.ts'

export type ResourceKey = string

export function keyOf({ space, name }: ResourceName): ResourceKey {
  return part(space) + part(name)
}

/** The key of a name below a resource. */
export function keyBelow(parent: ResourceKey, name: string): ResourceKey {
  return parent + part(name)
}

/** The key of what a report calls a resource. */
export function keyOfPath({ space, path = [], name }: ResourceName): ResourceKey {
  return part(space) + [...path, name].map(part).join('')
}

function part(name: string): string {
  return String.fromCharCode(name.length) + name
}

/** What a key was made from. */
export function nameOf(key: ResourceKey): ResourceName {
  const [space = '', ...names] = partsOf(key)
  const name = names.at(-1) ?? ''
  return names.length < 2 ? { space, name } : { space, name, path: names.slice(0, -1) }
}

/** The resource at the top of the tree: it decides where all of the tree is mastered. */
export function rootOf(key: ResourceKey): ResourceKey {
  const name = 1 + key.charCodeAt(0)
  const end = name + 1 + key.charCodeAt(name)
  return end === key.length ? key : key.slice(0, end)
}

/** The resource one level above; `undefined` for a root. */
export function keyAbove(key: ResourceKey): ResourceKey | undefined {
  let last = 0
  let parts = 0
  for (let at = 0; at < key.length; parts += 1) {
    last = at
    at += 1 + key.charCodeAt(at)
  }
  return parts > 2 ? key.slice(0, last) : undefined
}

/** The lockspace of any resource. */
export function spaceOf(key: ResourceKey): string {
  return key.slice(1, 1 + key.charCodeAt(0))
}

function partsOf(key: ResourceKey): string[] {
  const parts: string[] = []
  for (let at = 0; at < key.length; ) {
    const end = at + 1 + key.charCodeAt(at)
    parts.push(key.slice(at + 1, end))
    at = end
  }
  return parts
}

/** True for what `keyOf` and `keyBelow` make. Only this node's own lockspace may have no name. */
export function isKey(value: unknown): value is ResourceKey {
  if (typeof value !== 'string' || value.length > pathBytesMax + levelsMax + 1) return false
  if (!isByteText(value)) return false
  let parts = 0
  let at = 0
  for (; at < value.length; parts += 1) {
    const length = value.charCodeAt(at)
    if (length === 0 && parts > 0) return false
    at += 1 + length
  }
  return at === value.length && parts >= 2 && parts <= levelsMax + 1
}

/** What is wrong with what a call gives as the name of a resource; `undefined` when it is one, good or bad. */
export function resourceFault(resource: unknown): string | undefined {
  const { space, name } = (resource ?? {}) as Partial<ResourceName>
  if (typeof space === 'string' && typeof name === 'string') return undefined
  return 'resource: give the names of the lockspace and of the resource, as text'
}

/** What is wrong with a name, in words; `undefined` when nothing is. */
export function nameFault(resource: ResourceName): string | undefined {
  return partFault('lockspace name', resource.space) ?? partFault('resource name', resource.name)
}

/** What is wrong with a name below that resource, or with where it would be. */
export function nameBelowFault(parent: ResourceKey, name: string): string | undefined {
  const fault = partFault('resource name', name)
  if (fault !== undefined) return fault
  const parts = partsOf(parent)
  if (parts.length > levelsMax) return `a resource tree has at most ${levelsMax} levels`
  if (parts.join('').length + name.length > pathBytesMax) {
    return `a lockspace and all names of a path have at most ${pathBytesMax} bytes together`
  }
  return undefined
}

function partFault(what: string, name: string): string | undefined {
  if (name.length === 0) return `a ${what} is empty: it needs 1 to ${nameBytesMax} bytes`
  if (name.length > nameBytesMax) {
    return `a ${what} has at most ${nameBytesMax} bytes, this one ${name.length}`
  }
  if (!isByteText(name)) return `a ${what} is bytes, one character U+0000 to U+00FF each`
  return undefined
}

function isByteText(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) if (text.charCodeAt(at) > 0xff) return false
  return true
}

/** A key for people: `orders/a`, and `orders/a > b` below it. Bytes that do not print are escaped. */
export function showKey(key: ResourceKey): string {
  const [space = '', root = '', ...below] = partsOf(key).map(showPart)
  return [`${space}/${root}`, ...below].join(' > ')
}

function showPart(name: string): string {
  return name.replaceAll(/[^\x20-\x7e]/g, (byte) => {
    return `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`
  })
}
