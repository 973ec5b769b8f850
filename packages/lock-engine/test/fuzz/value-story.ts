/**
 * What may be read of the value block of one resource. A write lasts from its call to its completion:
 * of two that overlap either may be the last. What ended before another began is not the last one.
 */

import { mayShare } from '../harness/specification.ts'
import type { Claim } from './claims.ts'

export interface Write {
  /** `undefined`: the value was spoilt. */
  readonly text: string | undefined
  readonly begun: number
  /** `undefined`: it may still be under way. */
  ended: number | undefined
  /** It is certain that it took place: others that ended before are not the last any more. */
  certain: boolean
}

export class ValueStory {
  readonly #writes: Write[] = [{ text: '', begun: 0, ended: 0, certain: true }]
  /** `alone`: nobody can write, or read strongly, before it has taken place. */
  begin(
    text: string | undefined,
    at: number,
    { certain, alone }: { readonly certain: boolean; readonly alone: boolean },
  ): Write {
    const write: Write = { text, begun: at, ended: alone ? at : undefined, certain }
    this.#writes.push(write)
    return write
  }

  /** Nobody is known to have a lock: the value may have ended with the last one. */
  mayEnd(at: number): void {
    this.#writes.push({ text: '', begun: at, ended: at, certain: false })
  }

  /** Why that cannot be the value that the reader, who called at that time, was given as valid. */
  faultOf(text: string, reader: Claim, called: number): string | undefined {
    const found = this.#writes.filter((write) => write.text === text)
    if (found.length === 0) return 'was never written'
    // A writer may be at work beside it.
    if (mayShare('PW', reader.mode)) return undefined
    const isAlone = reader.range === undefined && reader.owner === undefined
    // Beside it nobody writes: all that began has ended.
    const before = isAlone ? undefined : called
    if (found.some((write) => !this.#isOutdated(write, before))) return undefined
    const last = this.#writes.filter((write) => write.certain && !this.#isOutdated(write, before))
    return `is reported as valid after ${last.map((one) => one.text ?? 'it was spoilt').join(' or ')}`
  }

  #isOutdated(write: Write, before: number | undefined): boolean {
    const { ended } = write
    if (ended === undefined) return false
    return this.#writes.some((other) => {
      if (!other.certain || other.begun <= ended) return false
      return before === undefined || (other.ended !== undefined && other.ended < before)
    })
  }
}
