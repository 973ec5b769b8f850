import { nameBytesMax, spaceLengthMax } from './limits.ts'
import type { ResourceName } from './messages.ts'

/** One string per resource, to look things up by. The lockspace cannot contain the separator. */
export type ResourceKey = string

/** What a key was made from. */
export function nameOf(key: ResourceKey): ResourceName {
  const end = key.indexOf('\u0000')
  return { space: key.slice(0, end), name: key.slice(end + 1) }
}

export function keyOf(resource: ResourceName): ResourceKey {
  return `${resource.space}\u0000${resource.name}`
}

/** What is wrong with a name, in words; `undefined` when nothing is. */
export function nameFault(resource: ResourceName): string | undefined {
  const { space, name } = resource
  if (!/^[a-zA-Z0-9._-]+$/.test(space) || space.length > spaceLengthMax) {
    return `a lockspace is named by 1 to ${spaceLengthMax} characters of a-z A-Z 0-9 . _ -`
  }
  if (name.length === 0) return 'a resource needs a name'
  if (utf8Length(name) > nameBytesMax) {
    return `a resource name has at most ${nameBytesMax} bytes of UTF-8, this one ${utf8Length(name)}`
  }
  if (!name.isWellFormed()) return 'a resource name must be well-formed Unicode'
  if (name.includes('\u0000')) return 'a resource name cannot contain U+0000'
  if (name.startsWith('\uFEFF')) return 'a resource name cannot begin with a byte order mark'
  return undefined
}

function utf8Length(text: string): number {
  let bytes = 0
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0
    if (code < 0x80) bytes += 1
    else if (code < 0x800) bytes += 2
    else bytes += code < 0x10000 ? 3 : 4
  }
  return bytes
}
