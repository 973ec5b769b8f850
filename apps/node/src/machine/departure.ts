/**
 * A node that leaves on purpose: it hands its resources over, lets its sessions finish, and goes.
 *
 * It goes when every member that stays has opened what was handed over and no session of this node
 * holds or wants anything; or at the latest when the time to drain is over twice: once for sessions,
 * once more for what their end brings about, which takes as long as their owners may trust their locks.
 */
import type { Instant, Millis } from '@holdfast/primitives'

export interface Departure {
  start(now: Instant): void
  /** Recovery: those who stay have opened what this node mastered. */
  handedOver(): void
  /** True once, when sessions have had their time. */
  drainIsOver(now: Instant): boolean
  /** True once. `quiet`: nothing is mastered here and no session holds or wants anything. */
  mayGo(quiet: boolean, now: Instant): boolean
  deadline(): Instant | undefined
  readonly underWay: boolean
}

/** `promiseMs`: how long, at most, the owner of a session trusts its locks after it was closed. */
export function createDeparture(drainMs: Millis, promiseMs: Millis): Departure {
  const boundMs = drainMs + Math.max(drainMs, promiseMs)
  let startedAt: Instant | undefined
  let handedOver = false
  let drained = false
  let gone = false

  return {
    start(now) {
      startedAt ??= now
    },
    handedOver() {
      handedOver = true
    },
    drainIsOver(now) {
      if (startedAt === undefined || drained || now < startedAt + drainMs) return false
      drained = true
      return true
    },
    mayGo(quiet, now) {
      if (startedAt === undefined || gone) return false
      const tooLate = now >= startedAt + boundMs
      if (!tooLate && !(handedOver && quiet)) return false
      gone = true
      return true
    },
    deadline() {
      if (startedAt === undefined || gone) return undefined
      return startedAt + (drained ? boundMs : drainMs)
    },
    get underWay(): boolean {
      return startedAt !== undefined
    },
  }
}
