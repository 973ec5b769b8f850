/** What a random life is given, and what comes of it. */
import type { Kind } from './calls.ts'

export interface LifeOptions {
  readonly seed: string
  readonly steps: number
  readonly nodes: number
  readonly resources: number
  /** Beyond modes, values and views. */
  readonly kinds?: readonly Kind[]
  /** Each transfer record is given twice, which must change nothing. */
  readonly repeats?: boolean
  /** Messages arrive more quickly than calls are made. */
  readonly calm?: boolean
  /** How long masters keep resources without locks, ms; 50 unless given. */
  readonly idleMs?: number
  /** The trace tells every message that is delivered. */
  readonly tellsAll?: boolean
}

export interface Life {
  readonly fault: string | undefined
  /** What was done, newest last. */
  readonly trace: readonly string[]
  readonly marks: ReadonlyMap<string, number>
}

export function stepsOf({ steps }: LifeOptions): readonly number[] {
  return Array.from({ length: steps }, (_, index) => index)
}

/** The fault without what differs from life to life. */
export function kindOf(fault: string | undefined): string | undefined {
  return fault?.replace(/[0-9]+/g, '').replace(/[NCPE][LRWX] of|[{:].*/gs, '')
}

export function inWords(value: unknown): string {
  return JSON.stringify(value, (_key, inner) => {
    if (typeof inner === 'bigint') return String(inner)
    return inner instanceof Uint8Array ? new TextDecoder().decode(inner) : inner
  })
}
