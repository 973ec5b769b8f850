import type { SessionCall, SessionEvent, SpaceAttributes } from '@holdfast/lock-engine/messages'
import type { Epoch, Incarnation, Instant } from '@holdfast/primitives'
import { type Checker, Violation } from './checker.ts'

const NAME = 'lockspaces'

type OpenCall = Extract<SessionCall, { readonly kind: 'open-space' }>
type Recovery = Extract<SessionEvent, { readonly kind: 'recovery' }>

interface Opening {
  readonly incarnation: Incarnation
  readonly session: number
  readonly space: string
  readonly since: Instant
  readonly attributes: SpaceAttributes
  /** A call to leave has been made. */
  leaving: boolean
}

interface Heard {
  epoch: Epoch
  stopped: boolean
}

/**
 * All who have a lockspace open agree on what it is like, and get what they asked for; one that was
 * opened as new was open nowhere; and what is told of recovery is told in order.
 */
export function createLockspaces(): Checker {
  const open = new Map<string, Opening>()
  const calls = new Map<string, { readonly at: Instant; readonly call: OpenCall }>()
  const heard = new Map<string, Heard>()
  const actsUntil = new Map<Incarnation, Instant>()

  const forgetSession = (prefix: string): void => {
    for (const known of [open, heard, calls]) {
      for (const key of known.keys()) if (key.startsWith(prefix)) known.delete(key)
    }
  }
  const judge = (at: Instant, opening: Opening, asked: { at: Instant; call: OpenCall }): void => {
    const { space, attributes } = opening
    const text = textOf(attributes)
    for (const [name, value] of Object.entries(asked.call.attributes ?? {})) {
      if (attributes[name as keyof SpaceAttributes] === value) continue
      throw new Violation(
        NAME,
        `lockspace ${space} was opened with ${text}, ${name} was to be ${value}`,
      )
    }
    for (const other of open.values()) {
      if (other.space !== space || (actsUntil.get(other.incarnation) ?? 0) <= at) continue
      if (other.leaving) continue
      if (textOf(other.attributes) !== text) {
        throw new Violation(
          NAME,
          `lockspace ${space} is open with ${text} and with ${textOf(other.attributes)}`,
        )
      }
      if (asked.call.create === 'new' && other.since < asked.at) {
        throw new Violation(NAME, `lockspace ${space} was opened as new while somebody had it open`)
      }
    }
  }
  return {
    name: NAME,
    onPower({ process, mayContinueUntil }) {
      actsUntil.set(process.incarnation, mayContinueUntil)
    },
    onCall({ at, process, session, call }) {
      const prefix = `${process.incarnation}/${session}/`
      if (call.kind === 'open-space') calls.set(`${prefix}${call.call}`, { at, call })
      else if (call.kind === 'close') forgetSession(prefix)
      else if (call.kind === 'leave-space') {
        const opening = open.get(`${prefix}${call.space}`)
        if (opening !== undefined) opening.leaving = true
      }
    },
    onEvent({ at, process, session, event }) {
      const { incarnation } = process
      const prefix = `${incarnation}/${session}/`
      if (event.kind === 'closed') forgetSession(prefix)
      else if (event.kind === 'recovery') onRecovery(heard, prefix, event)
      else if (event.kind === 'space') {
        const key = `${prefix}${event.space}`
        if (event.outcome === 'left') {
          open.delete(key)
          heard.delete(key)
          return
        }
        const { space, attributes } = event
        const asked = calls.get(`${prefix}${event.call}`)
        if (attributes === undefined || asked === undefined) {
          throw new Violation(NAME, `lockspace ${space} was opened without attributes, or unasked`)
        }
        const opening = { incarnation, session, space, since: at, attributes, leaving: false }
        judge(at, opening, asked)
        if (!open.has(key)) open.set(key, opening)
      }
    },
    onEnd: ({ process }) => forgetSession(process.incarnation),
  }
}

function onRecovery(heard: Map<string, Heard>, prefix: string, event: Recovery): void {
  const { space, phase, epoch } = event
  const key = `${prefix}${space}`
  const before = heard.get(key) ?? { epoch: 0, stopped: false }
  const where = `${phase} of epoch ${epoch} in lockspace ${space}`
  if (epoch < before.epoch)
    throw new Violation(NAME, `${where} was told after epoch ${before.epoch}`)
  if (phase !== 'stopped' && !before.stopped) {
    throw new Violation(NAME, `${where} was told without a stop before it`)
  }
  heard.set(key, { epoch, stopped: phase !== 'resumed' })
}

function textOf({ valueBytes, deadlockMs, mastering }: SpaceAttributes): string {
  return `${valueBytes} bytes, ${deadlockMs} ms, ${mastering}`
}
