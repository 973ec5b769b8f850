import { createHash, timingSafeEqual } from 'node:crypto'

const SCHEME = 'Bearer '

export function bearer(token: string): string {
  return SCHEME + token
}

/**
 * True when the header carries the token. The digests are compared, so neither the time nor the
 * length tells how much of a guess was right.
 */
export function isBearerOf(header: string | undefined, token: string): boolean {
  if (header === undefined || !header.startsWith(SCHEME)) return false
  return timingSafeEqual(digest(header.slice(SCHEME.length)), digest(token))
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
