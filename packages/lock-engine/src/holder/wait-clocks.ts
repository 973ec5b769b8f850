import type { Instant } from '@holdfast/primitives'
import { Schedule } from '../schedule.ts'
import type { HeldLock, WaitClock } from './lock.ts'

/**
 * The time limits of calls. A limit counts while its call is queued at a master that can grant: from
 * the answer that says so; not from a change of view until this node knows that all is granted again.
 */
export class WaitClocks {
  readonly #ends = new Schedule<{ readonly lock: HeldLock; readonly clock: WaitClock }>(
    ({ lock, clock }) => lock.pending?.clock === clock,
  )
  readonly #running = new Set<HeldLock>()
  #stopped: HeldLock[] = []

  start(lock: HeldLock, now: Instant): void {
    const clock = lock.pending?.clock
    if (clock === undefined || clock.endsAt !== undefined) return
    clock.endsAt = now + clock.leftMs
    this.#running.add(lock)
    this.#ends.add({ lock, clock }, clock.endsAt)
  }

  /** Its call has ended. */
  forget(lock: HeldLock): void {
    this.#running.delete(lock)
  }

  stop(now: Instant): void {
    for (const lock of this.#running) {
      const clock = lock.pending?.clock
      if (clock?.endsAt === undefined) continue
      clock.leftMs = Math.max(0, clock.endsAt - now)
      clock.endsAt = undefined
      this.#stopped.push(lock)
    }
    this.#running.clear()
    this.#ends.clear()
  }

  /** Those that are not queued any more start with their next place in a queue. */
  goOn(now: Instant): void {
    const stopped = this.#stopped
    this.#stopped = []
    for (const lock of stopped) if (lock.pending?.order !== undefined) this.start(lock, now)
  }

  deadline(): Instant | undefined {
    return this.#ends.next()
  }

  takeDue(now: Instant): readonly HeldLock[] {
    const due: HeldLock[] = []
    for (let end = this.#ends.takeDue(now); end !== undefined; end = this.#ends.takeDue(now)) {
      this.#running.delete(end.lock)
      due.push(end.lock)
    }
    return due
  }
}
