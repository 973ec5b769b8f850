import type { LockCall, LockMode, PlainCall } from '@holdfast/lock-engine/messages'
import { unreachable } from '@holdfast/primitives'
import { CallRefusedError, type LockEnd, SessionClosedError, type SessionEnd } from '../errors.ts'
import { type HandedOn, SessionDriver, type SessionOptions } from './session-driver.ts'
import type { Answer, AnswerTo, CompletionEvent, Opened, Recovery } from './session-machine.ts'

/** What a lock hears between its calls. */
export interface LockListener {
  onBlocking(mode: LockMode): void
  /** By its own call, or together with a lock above it. */
  onUnlocked(): void
  onLost(end: LockEnd): void
}

/** A call before its number is known. */
export type Numbered<Call> = Call extends unknown ? Omit<Call, 'call'> : never

/** A session on a port, with callbacks for its locks and promises for what needs none. */
export interface Session {
  readonly opened: Opened
  readonly ended: SessionEnd | undefined
  /** By the clock of this very moment, however late timers fire. */
  trusted(): boolean
  /** A lock number that was never used. */
  nextLock(): number
  /** Sends the call; `settle` gets its one completion, never before this returns. */
  call(call: Numbered<LockCall>, settle: (completion: CompletionEvent) => void): void
  /** Rejects with `CallRefusedError`, or with `SessionClosedError` when the session ends before the answer. */
  ask<Call extends Numbered<PlainCall>>(call: Call): Promise<AnswerTo<Call>>
  listen(lock: number, listener: LockListener): void
  forget(lock: number): void
  onRecovery(listener: (recovery: Recovery) => void): void
  onEnd(listener: (end: SessionEnd) => void): void
  close(): void
}

/**
 * Opens a session on a port. Resolves when the node answered the first ping; rejects with
 * `SessionClosedError` when the session ended before that.
 */
export async function openSession(options: SessionOptions): Promise<Session> {
  const session = new DrivenSession(options)
  await session.ready
  return session
}

class DrivenSession implements Session {
  readonly #driver: SessionDriver
  readonly #waiting = new Map<number, (completion: CompletionEvent) => void>()
  readonly #asked = new Map<number, (answer: Answer | undefined) => void>()
  readonly #listeners = new Map<number, LockListener>()
  readonly #recoveryListeners: ((recovery: Recovery) => void)[] = []
  readonly #endListeners: ((end: SessionEnd) => void)[] = []

  constructor(options: SessionOptions) {
    this.#driver = new SessionDriver(options, (output) => this.#execute(output))
  }

  get ready(): Promise<void> {
    return this.#driver.ready
  }

  get opened(): Opened {
    const { opened } = this.#driver
    if (opened === undefined) throw new SessionClosedError({ reason: 'refused' })
    return opened
  }

  get ended(): SessionEnd | undefined {
    return this.#driver.machine.ended
  }

  trusted(): boolean {
    return this.#driver.trusted()
  }

  nextLock(): number {
    return this.#driver.machine.nextNumber()
  }

  call(numberless: Numbered<LockCall>, settle: (completion: CompletionEvent) => void): void {
    const call = { ...numberless, call: this.#driver.machine.nextNumber() } as LockCall
    let returned = false
    this.#waiting.set(call.call, (completion) => {
      // What the machine refuses by itself is settled at once.
      if (returned) settle(completion)
      else queueMicrotask(() => settle(completion))
    })
    this.#driver.put({ kind: 'call', call })
    returned = true
  }

  async ask<Call extends Numbered<PlainCall>>(numberless: Call): Promise<AnswerTo<Call>> {
    const call = { ...numberless, call: this.#driver.machine.nextNumber() } as unknown as PlainCall
    const answer = await new Promise<Answer | undefined>((resolve) => {
      this.#asked.set(call.call, resolve)
      this.#driver.put({ kind: 'call', call })
    })
    if (answer === undefined) throw new SessionClosedError(this.ended ?? { reason: 'refused' })
    if (answer.kind === 'refused') throw new CallRefusedError(call.kind, answer.reason)
    // The machine passes on no other kind than the one that answers this call.
    return answer as AnswerTo<Call>
  }

  listen(lock: number, listener: LockListener): void {
    this.#listeners.set(lock, listener)
  }

  forget(lock: number): void {
    this.#listeners.delete(lock)
  }

  onRecovery(listener: (recovery: Recovery) => void): void {
    this.#recoveryListeners.push(listener)
  }

  onEnd(listener: (end: SessionEnd) => void): void {
    this.#endListeners.push(listener)
  }

  close(): void {
    this.#driver.put({ kind: 'close' })
  }

  #execute(output: HandedOn): void {
    switch (output.kind) {
      case 'settled':
        take(this.#waiting, output.completion.call)?.(output.completion)
        break
      case 'answered':
        take(this.#asked, output.call.call)?.(output.answer)
        break
      case 'blocking':
        this.#listeners.get(output.lock)?.onBlocking(output.mode)
        break
      case 'unlocked':
        take(this.#listeners, output.lock)?.onUnlocked()
        break
      case 'lost':
        take(this.#listeners, output.lock)?.onLost(output.end)
        break
      case 'recovery':
        for (const listener of this.#recoveryListeners) listener(output.recovery)
        break
      case 'ended':
        for (const listener of this.#endListeners) listener(output.end)
        break
      default:
        unreachable(output)
    }
  }
}

function take<Value>(map: Map<number, Value>, key: number): Value | undefined {
  const value = map.get(key)
  map.delete(key)
  return value
}
