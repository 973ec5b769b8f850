/**
 * What the owners of locks are promised, judged from what they hear alone:
 *
 *   - locks that are held at the same time, by processes that have not stopped, may share the resource
 *   - tokens rise
 *   - a value that is reported as valid, to somebody whose mode no writer could share, is the last
 *     one that was written
 *
 * A lock is held from its grant until its owner gives it up by a call, or its process has stopped. An
 * owner that asked to go from PR to CW, or back, relies on neither until it hears: neither contains
 * the other.
 */
import type { LockCall } from '../../src/index.ts'
import type { LockMode, SessionEvent } from '../../src/messages.ts'
import type { Process } from '../harness/cluster.ts'
import { classOf, mayShare, mayWrite, valueCell } from '../harness/specification.ts'
import { textOf } from '../harness/world.ts'

type Completion = Extract<SessionEvent, { kind: 'completion' }>
type Change = Exclude<LockCall, { kind: 'request' }>

export interface KnownLock {
  readonly process: Process
  readonly session: number
  readonly lock: number
  readonly resource: string
  mode: LockMode | undefined
  token: bigint | undefined
  /** The call that has not ended: a request or a conversion. */
  pending:
    | { readonly call: number; readonly mode: LockMode; readonly useValue: boolean }
    | undefined
  isBeingUnlocked: boolean
  /** Denied, cancelled or unlocked: its number means nothing any more. */
  isGone: boolean
}

interface ResourceStory {
  topToken: bigint
  topExclusiveToken: bigint
  tokens: Set<bigint>
  /** Every value that was ever asked to be written. */
  texts: Set<string>
  last: { text: string; valid: boolean }
  /** Whether the resource may have been without locks since the last write. */
  mayBeFresh: boolean
}

export class Promises {
  readonly locks = new Map<string, KnownLock>()
  readonly #stories = new Map<string, ResourceStory>()
  /** How often a value was reported, to see that the runs are worth something. */
  readonly reported = { valid: 0, notValid: 0 }

  isHeld(lock: KnownLock): boolean {
    return lock.mode !== undefined && !lock.isBeingUnlocked && lock.process.state !== 'halted'
  }

  onRequest(process: Process, session: number, call: Extract<LockCall, { kind: 'request' }>): void {
    const { lock, mode, useValue } = call
    const pending = { call: call.call, mode, useValue }
    const resource = call.resource.name
    const known = { process, session, lock, resource, mode: undefined, token: undefined, pending }
    this.locks.set(`${session}/${lock}`, { ...known, isBeingUnlocked: false, isGone: false })
  }

  /** Before the call is made: what its owner gives up by it. */
  onChange(session: number, call: Change): void {
    const known = this.locks.get(`${session}/${call.lock}`)
    if (known === undefined || known.isBeingUnlocked) return
    if (call.kind === 'unlock') this.#giveUp(known, call)
    else if (call.kind === 'convert') this.#startToConvert(known, call)
  }

  #giveUp(known: KnownLock, call: Extract<Change, { kind: 'unlock' }>): void {
    const { mode, resource } = known
    known.isBeingUnlocked = true
    if (mode === 'PW' || mode === 'EX') {
      if (call.invalidate === true) this.#spoil(resource)
      else if (call.value !== undefined) this.#write(resource, call.value)
    }
    this.#lookForEnd(resource)
  }

  #startToConvert(known: KnownLock, call: Extract<Change, { kind: 'convert' }>): void {
    const { mode, resource, pending } = known
    if (pending !== undefined || mode === undefined) return
    const { useValue, value } = call
    const writes = useValue && valueCell(mode, call.mode) === 'W'
    if (writes && value !== undefined) this.#write(resource, value)
    known.pending = { call: call.call, mode: call.mode, useValue }
  }

  onClose(session: number): void {
    for (const [key, lock] of this.locks) {
      if (lock.session !== session) continue
      this.#end(lock)
      this.locks.delete(key)
    }
  }

  /** After the process has stopped. */
  onHalt(process: Process): void {
    for (const [key, lock] of this.locks) {
      if (lock.process !== process) continue
      this.#end(lock)
      this.locks.delete(key)
    }
  }

  onCompletion(session: number, completion: Completion): void {
    const known = this.locks.get(`${session}/${completion.lock}`)
    if (known === undefined) throw new Error(`session ${session} hears of lock ${completion.lock}`)
    if (known.pending?.call === completion.call) {
      const { pending } = known
      known.pending = undefined
      if (completion.outcome === 'granted') this.#onGranted(known, completion, pending)
      else if (completion.outcome === 'unlocked') known.mode = undefined
      this.#checkShares(known)
    } else if (completion.outcome === 'unlocked') known.mode = undefined
    known.isGone = known.mode === undefined && known.pending === undefined
  }

  #end(lock: KnownLock): void {
    if ((lock.mode === 'PW' || lock.mode === 'EX') && !lock.isBeingUnlocked) {
      this.#spoil(lock.resource)
    }
    lock.isBeingUnlocked = true
    this.#lookForEnd(lock.resource)
  }

  #onGranted(known: KnownLock, completion: Completion, pending: { useValue: boolean }): void {
    const { mode, value, token } = completion
    if (mode === undefined) throw new Error('granted without a mode')
    const before = known.mode
    known.mode = mode
    if ((token !== undefined) !== mayWrite(mode)) throw new Error(`a token with ${mode}: ${token}`)
    const isDown = before !== undefined && classOf(before, mode) === 'down'
    if (token !== undefined) this.#checkToken(known, mode, { token, isDown })
    if ((value !== undefined) !== pending.useValue) throw new Error(`a value with ${mode}`)
    if (value !== undefined && valueCell(before ?? 'none', mode) === 'R') {
      this.#checkValue(known, mode, { text: textOf(value.bytes) ?? '', valid: value.valid })
    }
  }

  #checkToken(
    known: KnownLock,
    mode: LockMode,
    { token, isDown }: { token: bigint; isDown: boolean },
  ): void {
    const story = this.#storyOf(known.resource)
    if (isDown && token === known.token) return
    // Writers that share (CW) may hear of their grants in another order than they were made.
    const floor = mode === 'CW' ? story.topExclusiveToken : story.topToken
    if (token <= floor || story.tokens.has(token)) {
      throw new Error(`${known.resource}: token ${token} for ${mode} after ${floor}`)
    }
    known.token = token
    story.tokens.add(token)
    if (token > story.topToken) story.topToken = token
    if (mode !== 'CW' && token > story.topExclusiveToken) story.topExclusiveToken = token
  }

  #checkValue(known: KnownLock, mode: LockMode, seen: { text: string; valid: boolean }): void {
    const story = this.#storyOf(known.resource)
    this.reported[seen.valid ? 'valid' : 'notValid'] += 1
    const isFresh = seen.text === '' && seen.valid
    if (!story.texts.has(seen.text) && seen.text !== '') {
      throw new Error(`${known.resource}: the value "${seen.text}" was never written`)
    }
    if (!seen.valid || mayShare('PW', mode)) return
    if (isFresh && story.mayBeFresh) return
    if (seen.text === story.last.text && story.last.valid) return
    const was = `"${story.last.text}"${story.last.valid ? '' : ' not valid'}`
    throw new Error(`${known.resource}: "${seen.text}" reported as valid after ${was}`)
  }

  #checkShares(known: KnownLock): void {
    if (!this.isHeld(known)) return
    const mode = relied(known)
    for (const other of this.locks.values()) {
      if (other === known || other.resource !== known.resource || !this.isHeld(other)) continue
      if (!mayShare(relied(other), mode)) {
        throw new Error(`${known.resource}: ${inWords(known)} beside ${inWords(other)}`)
      }
    }
  }

  #write(resource: string, value: Uint8Array): void {
    const story = this.#storyOf(resource)
    const text = textOf(value) ?? ''
    story.texts.add(text)
    story.last = { text, valid: true }
    story.mayBeFresh = false
  }

  #spoil(resource: string): void {
    const story = this.#storyOf(resource)
    story.last = { ...story.last, valid: false }
  }

  /** When nobody is known to hold a lock, the value may have ended with the last one. */
  #lookForEnd(resource: string): void {
    for (const lock of this.locks.values()) {
      if (lock.resource === resource && this.isHeld(lock)) return
    }
    this.#storyOf(resource).mayBeFresh = true
  }

  #storyOf(resource: string): ResourceStory {
    const story = this.#stories.get(resource) ?? {
      topToken: 0n,
      topExclusiveToken: 0n,
      tokens: new Set<bigint>(),
      texts: new Set<string>(),
      last: { text: '', valid: true },
      mayBeFresh: true,
    }
    this.#stories.set(resource, story)
    return story
  }
}

/** What the owner may rely on. */
function relied({ mode = 'NL', pending }: KnownLock): LockMode {
  const isMiddle = pending !== undefined && classOf(mode, pending.mode) === 'middle'
  return isMiddle ? 'CR' : mode
}

function inWords({ process, session, lock, mode }: KnownLock): string {
  return `${mode} of session ${session} lock ${lock} on node ${process.id}`
}
