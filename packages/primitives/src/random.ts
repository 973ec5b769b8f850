import { invariant } from './invariant.ts'

/** Seeded randomness, handed to a machine at its creation. */
export interface Random {
  /** A whole number from 0 to `bound` - 1. `bound` is 1 to 2^32. */
  below(bound: number): number
  /** True `numerator` times out of `denominator`: a ratio, so no rounding enters a schedule. */
  chance(numerator: number, denominator: number): boolean
  /** One of the given items. */
  pick<Item>(items: readonly Item[]): Item
  /** 16 hexadecimal digits. */
  hex16(): string
  /** An independent stream; the same label forked from the same state gives the same stream. */
  fork(label: string): Random
}

/** Small Fast Counter (sfc32, C. Doty-Humphrey's PractRand): 128 bits of state, 32 bits a draw. */
export function createRandom(seed: number | string): Random {
  const text = String(seed)
  let a = fnv1a(`a:${text}`)
  let b = fnv1a(`b:${text}`)
  let c = fnv1a(`c:${text}`)
  let counter = 1
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + sum
    c |= 0
    return sum >>> 0
  }
  for (let warmUp = 0; warmUp < 12; warmUp += 1) next()

  const below = (bound: number): number => {
    invariant(bound >= 1 && bound <= 2 ** 32, 'a random bound is 1 to 2^32')
    return Math.floor((next() / 2 ** 32) * bound)
  }
  const hex8 = (): string => next().toString(16).padStart(8, '0')
  return {
    below,
    chance: (numerator, denominator) => below(denominator) < numerator,
    pick(items) {
      invariant(items.length > 0, 'pick needs at least one item')
      return items[below(items.length)] as (typeof items)[number]
    },
    hex16: () => hex8() + hex8(),
    fork: (label) => createRandom(`${label}/${next()}/${next()}`),
  }
}

/** FNV-1a, 32 bits (Fowler, Noll, Vo). */
export function fnv1a(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  }
  return hash >>> 0
}
