import { mayWrite } from '../harness/specification.ts'
import type { Heard } from './reference-table.ts'

/** Every grant that can write carries a token, and no token is as high as that of a grant after it. */
export class TokenCheck {
  /** The resource of each lock, the newest token of each resource, and the last one of each lock. */
  readonly #resources = new Map<string, string>()
  readonly #newest = new Map<string, bigint>()
  readonly #own = new Map<string, bigint>()

  expect(session: number, lock: number, resource: string): void {
    this.#resources.set(`${session} ${lock}`, resource)
  }

  /** What was heard in one step; in which order it was granted is not seen here. */
  check(heard: readonly Heard[]): void {
    const before = new Map(this.#newest)
    for (const { session, event } of heard) {
      if (event.kind !== 'completion' || event.outcome !== 'granted') continue
      const { lock, mode = 'NL', token } = event
      if (mayWrite(mode) !== (token !== undefined)) throw new Error(`${mode} with token ${token}`)
      if (token !== undefined) this.#checkToken(`${session} ${lock}`, token, before)
    }
  }

  #checkToken(lock: string, token: bigint, before: ReadonlyMap<string, bigint>): void {
    const resource = this.#resources.get(lock) ?? ''
    const newest = this.#newest.get(resource) ?? 0n
    const isStale = token <= (before.get(resource) ?? 0n) || token === newest
    if (isStale && this.#own.get(lock) !== token) {
      throw new Error(`session and lock ${lock}: token ${token} after ${newest}`)
    }
    this.#own.set(lock, token)
    this.#newest.set(resource, token > newest ? token : newest)
  }
}
