/** Events, locks and steps as lines of text: to compare them, and for people to read. */
import type { LockRange, SessionEvent, ValueCopy } from '../../src/messages.ts'
import { allOfIt } from './rules.ts'
import type { Step } from './workload.ts'

type Completion = Extract<SessionEvent, { kind: 'completion' }>

/** What can be relied on of what a session hears: no reasons in words, and no tokens. */
export function eventInWords(session: number, event: SessionEvent): string {
  const who = `session ${session}`
  switch (event.kind) {
    case 'completion':
      return `${who} call ${event.call} lock ${event.lock}: ${completionInWords(event)}`
    case 'blocking':
      return `${who} lock ${event.lock}: blocks ${event.mode}`
    case 'purged':
      return `${who} call ${event.call}: purged ${event.count}`
    default:
      return `${who}: ${event.kind}`
  }
}

export function completionInWords(event: Completion): string {
  const { outcome, mode, range, value, demoted, alternate, also = [], code } = event
  const parts: string[] = [outcome]
  if (mode !== undefined) parts.push(mode)
  if (range !== undefined) parts.push(rangeInWords(range))
  if (value !== undefined) parts.push(valueInWords(value))
  if (demoted) parts.push('demoted')
  if (alternate) parts.push('alternate')
  if (also.length > 0) parts.push(`also ${also.toSorted((a, b) => a - b).join(' ')}`)
  if (code !== undefined) parts.push(code)
  return parts.filter((part) => part !== '').join(', ')
}

export function rangeInWords({ start, end }: LockRange): string {
  return start === allOfIt.start && end === allOfIt.end ? '' : `[${start}, ${end}]`
}

function valueInWords({ bytes, valid, sequence }: ValueCopy): string {
  return `value "${textOf(bytes)}" ${sequence}${valid ? '' : ' not valid'}`
}

function textOf(bytes: Uint8Array): string {
  return bytes.length > 40 ? `${bytes.length} bytes` : new TextDecoder().decode(bytes)
}

export function stepInWords(step: Step): string {
  if (step.kind === 'pass') return `${step.ms} ms pass`
  if (step.kind === 'close') return `place ${step.place} closes its session`
  const { kind, ...terms } = step.call
  const words = Object.entries(terms)
    .filter(([, value]) => value !== false)
    .map(([name, value]) => (value === true ? name : `${name} ${termInWords(value)}`))
  return `place ${step.place}: ${kind} ${words.join(', ')}`
}

function termInWords(value: unknown): string {
  if (value instanceof Uint8Array) return `"${textOf(value)}"`
  if (typeof value !== 'object' || value === null) return String(value)
  if ('start' in value) return rangeInWords(value as LockRange) || 'all'
  return 'name' in value ? String(value.name) : JSON.stringify(value)
}
