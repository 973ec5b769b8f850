import type { LockReport } from '@holdfast/client/raw-session'
import { formatStatus } from '../commands/members.ts'
import { writeModes, writeQueue, writeRanges, writeResource } from '../lock-words.ts'
import { formatMillis, formatTable } from '../table.ts'
import type { Paint } from '../terminal.ts'
import { writeName } from './bytes.ts'
import { pointAt } from './fault.ts'
import type { Heard } from './heard.ts'
import { rangeKind, valueKind } from './kind.ts'
import { anyNames } from './names.ts'
import { type OutcomeWord, writeSubject } from './outcome.ts'
import type { Complaint, Output, Place } from './output.ts'
import { quoted } from './typed-words.ts'
import { formatComparison } from './unmet.ts'
import { isGone, type LockEntry, type World } from './world.ts'

export interface TextOutputOptions {
  readonly paint: Paint
  /** What happens. */
  readonly print: (text: string) => void
  /** What goes wrong. */
  readonly tell: (text: string) => void
}

/** The shell for people. What is heard is shown in the words that `expect` takes. */
export function createTextOutput({ paint, print, tell }: TextOutputOptions): Output {
  const complain = ({ message, place, word, text }: Complaint): void => {
    const at = place === undefined ? '' : `${locate(place, word?.at)}: `
    tell(`${at}${paint.red(message)}`)
    const pointer = word === undefined ? undefined : pointAt(text, word)
    if (pointer !== undefined) tell(pointer)
    else if (place !== undefined) tell(`  ${text}`)
  }
  return {
    step: ({ line, text }) => print(paint.dim(`${String(line).padStart(3)}  ${text}`)),
    sent: () => undefined,
    heard: (heard) => print(formatHeard(heard, paint)),
    opened: (session, node, id) => print(`${paint.bold(`${session}:`)} open on ${node} as ${id}`),
    met: () => undefined,
    show: (world) => print(formatWorld(world, paint)),
    help: print,
    fault: complain,
    unmet(complaint, compared) {
      complain(complaint)
      tell(formatComparison(compared))
    },
  }
}

function locate({ file, line }: Place, at?: number): string {
  return at === undefined ? `${file}:${line}` : `${file}:${line}:${at + 1}`
}

/** `x granted mode=EX token=12`, and what a report has to tell below it. */
function formatHeard(heard: Heard, paint: Paint): string {
  const subject = paint.bold(writeSubject(heard.of))
  const line = ['  ', [subject, colour(heard.outcome, paint), ...formatSaid(heard)].join(' ')].join(
    '',
  )
  const { event } = heard
  if (event.kind !== 'report') return line
  const parts = [line]
  if (event.status !== undefined) parts.push(indent(formatStatus(event.status, paint)))
  if (event.locks !== undefined && event.locks.length > 0) {
    parts.push(indent(formatLocks(event.locks, heard, paint)))
  }
  return parts.join('\n')
}

export function formatSaid({ said, names }: Heard): readonly string[] {
  return said.map(({ word, value }) => {
    const text = word.kind.write(value, names)
    return word.kind.form === '' && text === 'yes' ? word.word : `${word.word}=${quoted(text)}`
  })
}

const GOOD: readonly OutcomeWord[] = ['granted', 'unlocked', 'opened', 'left', 'purged', 'report']
const CALLBACKS: readonly OutcomeWord[] = ['blocking', 'recovery']

function colour(outcome: OutcomeWord, paint: Paint): string {
  if (GOOD.includes(outcome)) return paint.green(outcome)
  return CALLBACKS.includes(outcome) ? paint.yellow(outcome) : paint.red(outcome)
}

function indent(text: string): string {
  return text.replace(/^/gm, '    ')
}

function formatLocks(locks: readonly LockReport[], { names }: Heard, paint: Paint): string {
  const namesIn = (list: LockReport['blockedBy'], more = false): string =>
    [...(list ?? []).map(names.lockOf), ...(more ? ['...'] : [])].join(',')
  const hasDetails = locks.some(({ counts }) => counts !== undefined)
  const rows = locks.map((lock) => [
    names.lockOf(lock) + (lock.orphan === true ? ' (orphan)' : ''),
    writeResource(lock.resource),
    writeQueue(lock),
    writeModes(lock),
    writeRanges(lock),
    `${lock.node}/${lock.session}`,
    lock.master,
    formatMillis(lock.forMs),
    ...(hasDetails
      ? [
          lock.value === undefined ? '' : valueKind.write(lock.value.bytes, names),
          namesIn(lock.blockedBy, lock.moreBlockedBy),
          namesIn(lock.blocks, lock.moreBlocks),
        ]
      : []),
  ])
  const headings = 'LOCK RESOURCE QUEUE MODE RANGE SESSION MASTER SINCE'.split(' ')
  const more = hasDetails ? ['VALUE', 'BLOCKED-BY', 'BLOCKS'] : []
  return formatTable([...headings, ...more], rows, paint.bold)
}

function formatWorld(world: World, paint: Paint): string {
  const sessions = [...world.sessions.values()].map((session) => [
    session === world.current ? `${session.label} *` : session.label,
    session.raw.opened.node,
    session.raw.ended?.reason ?? 'open',
    session.raw.opened.session,
  ])
  const locks = [...world.locks.values()].filter((lock) => !isGone(lock)).map(rowOf)
  const parts = [
    sessions.length === 0
      ? 'no session; open one with `session a`'
      : formatTable(['SESSION', 'NODE', 'STATE', 'ID'], sessions, paint.bold),
    locks.length === 0
      ? 'no locks'
      : formatTable(
          ['LOCK', 'SESSION', 'RESOURCE', 'RANGE', 'HAS', 'WAITS FOR', 'TOLD', 'TOKEN'],
          locks,
          paint.bold,
        ),
  ]
  return parts.join('\n\n')
}

function rowOf(lock: LockEntry): readonly string[] {
  const waits = [...lock.pending.values()].map((call) =>
    'mode' in call ? `${call.kind} ${call.mode}` : call.kind,
  )
  const { label, session, space, name, parent, range, mode, told, token } = lock
  return [
    label,
    session.label,
    `${writeName(space)}/${parent === undefined ? '' : `${parent} > `}${writeName(name)}`,
    range === undefined ? '' : rangeKind.write(range, anyNames),
    mode ?? '',
    waits.join(', '),
    told ?? '',
    token === undefined ? '' : String(token),
  ]
}
