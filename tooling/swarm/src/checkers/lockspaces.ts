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

  const forgetSession = (prefix: string, ...tables: readonly Map<string, unknown>[]): void => {
    for (const known of tables) {
      for (const key of known.keys()) if (key.startsWith(prefix)) known.delete(key)
    }
  }
  const judge = (at: Instant, opening: Opening, asked: { at: Instant; call: OpenCall }): void => {
    judgeAsked(opening, asked.call)
    for (const other of open.values()) {
      if ((actsUntil.get(other.incarnation) ?? 0) <= at || other.leaving) continue
      if (other.space === opening.space) judgePair(opening, other, asked)
    }
  }
  const onSpace = (at: Instant, { incarnation, session }: Owner, event: SpaceEvent): void => {
    const prefix = `${incarnation}/${session}/`
    const { space, attributes } = event
    const key = `${prefix}${space}`
    if (event.outcome === 'left') {
      open.delete(key)
      heard.delete(key)
      return
    }
    const asked = calls.get(`${prefix}${event.call}`)
    if (attributes === undefined || asked === undefined) {
      throw new Violation(NAME, `lockspace ${space} was opened without attributes, or unasked`)
    }
    const opening = { incarnation, session, space, since: at, attributes, leaving: false }
    judge(at, opening, asked)
    if (!open.has(key)) open.set(key, opening)
  }
  return {
    name: NAME,
    onPower({ process, mayContinueUntil }) {
      actsUntil.set(process.incarnation, mayContinueUntil)
    },
    onCall({ at, process, session, call }) {
      const prefix = `${process.incarnation}/${session}/`
      if (call.kind === 'open-space') calls.set(`${prefix}${call.call}`, { at, call })
      else if (call.kind === 'close')
        forgetSession(prefix, open, calls) // It hears on until it is closed.
      else if (call.kind === 'leave-space') {
        const opening = open.get(`${prefix}${call.space}`)
        if (opening !== undefined) opening.leaving = true
      }
    },
    onEvent({ at, process, session, event }) {
      const { incarnation } = process
      const prefix = `${incarnation}/${session}/`
      if (event.kind === 'closed') forgetSession(prefix, open, calls, heard)
      else if (event.kind === 'recovery') onRecovery(heard, prefix, event)
      else if (event.kind === 'space') onSpace(at, { incarnation, session }, event)
    },
    onEnd: ({ process }) => forgetSession(process.incarnation, open, calls, heard),
  }
}

type Owner = Pick<Opening, 'incarnation' | 'session'>
type SpaceEvent = Extract<SessionEvent, { readonly kind: 'space' }>

function judgeAsked({ space, attributes }: Opening, call: OpenCall): void {
  for (const [name, value] of Object.entries(call.attributes ?? {})) {
    if (attributes[name as keyof SpaceAttributes] === value) continue
    const text = textOf(attributes)
    throw new Violation(
      NAME,
      `lockspace ${space} was opened with ${text}, ${name} was to be ${value}`,
    )
  }
}

function judgePair(opening: Opening, other: Opening, asked: { at: Instant; call: OpenCall }): void {
  const [text, others] = [textOf(opening.attributes), textOf(other.attributes)]
  const { space } = opening
  if (text !== others) {
    throw new Violation(NAME, `lockspace ${space} is open with ${text} and with ${others}`)
  }
  if (asked.call.create === 'new' && other.since < asked.at) {
    throw new Violation(NAME, `lockspace ${space} was opened as new while somebody had it open`)
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
