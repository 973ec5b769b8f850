/** Fencing tokens of one resource rise: those of locks that exclude each other, and over calls. */
import { type Claim, conflicts } from './claims.ts'

export class TokenStory {
  /** The highest that was heard of. */
  top = 0n
  readonly #given: { readonly token: bigint; readonly claim: Claim }[] = []

  /**
   * `floor`: the highest that was heard of when the call was made. No claim: the lock was given up
   * before it was heard of, and others may have come and been heard of since.
   */
  faultOf(token: bigint, claim: Claim | undefined, floor: bigint): string | undefined {
    if (token <= floor) return `token ${token} after ${floor} had been heard of`
    for (const other of this.#given) {
      if (other.token === token) return `token ${token} twice`
      if (other.token > token && claim !== undefined && conflicts(other.claim, claim)) {
        return `token ${token} after ${other.token} of a lock that it excludes`
      }
    }
    return undefined
  }

  add(token: bigint, claim: Claim): void {
    this.#given.push({ token, claim })
    if (token > this.top) this.top = token
  }
}
