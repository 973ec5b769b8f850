import { writeHex } from './bytes.ts'
import type { Heard } from './heard.ts'
import { writeSubject } from './outcome.ts'
import type { Complaint, Output } from './output.ts'
import type { Compared } from './unmet.ts'
import { isGone, type World } from './world.ts'

/** The shell for programs: one object per line, with the words of the grammar as keys. */
export function createJsonOutput(print: (text: string) => void): Output {
  let lineNumber: number | undefined
  const tell = (event: string, fields: Readonly<Record<string, unknown>>): void => {
    const line = lineNumber === undefined ? {} : { line: lineNumber }
    print(JSON.stringify({ event, ...line, ...fields }, asPlain))
  }
  const complaintFields = ({ message, place, word }: Complaint): Record<string, unknown> => ({
    message,
    ...(place === undefined ? {} : { file: place.file, line: place.line }),
    ...(word === undefined ? {} : { word: word.text }),
  })
  return {
    step({ line }) {
      lineNumber = line
    },
    sent: (session, command, call) => tell('sent', { in: session, do: command, call }),
    // What is heard belongs to the call that its number names, not to the line that runs.
    heard: (heard) => print(JSON.stringify(heardFields(heard), asPlain)),
    opened: (session, node, id) => tell('opened', { session, node, id }),
    met: () => tell('met', {}),
    show: (world) => tell('show', worldFields(world)),
    help: (text) => tell('help', { text }),
    fault: (complaint) => tell('fault', complaintFields(complaint)),
    unmet: (complaint, compared) =>
      tell('unmet', {
        ...complaintFields(complaint),
        expected: pick(compared, 'expected'),
        heard: pick(compared, 'heard'),
      }),
  }
}

function heardFields({ of, outcome, event, said }: Heard): Readonly<Record<string, unknown>> {
  const words = said.map(({ word: { word, kind }, value }) => [
    word,
    kind.toJson === undefined ? value : kind.toJson(value),
  ])
  return {
    event: 'heard',
    of: writeSubject(of),
    outcome,
    ...('call' in event ? { call: event.call } : {}),
    ...Object.fromEntries(words),
    ...(event.kind === 'report' ? { report: { status: event.status, locks: event.locks } } : {}),
  }
}

function pick(compared: readonly Compared[], side: 'expected' | 'heard'): Record<string, string> {
  return Object.fromEntries(
    compared.flatMap(({ word, [side]: text }) => (text === undefined ? [] : [[word, text]])),
  )
}

function worldFields({ sessions, locks, current }: World): Readonly<Record<string, unknown>> {
  return {
    current: current?.label,
    sessions: [...sessions.values()].map(({ label, raw }) => ({
      session: label,
      node: raw.opened.node,
      id: raw.opened.session,
      state: raw.ended?.reason ?? 'open',
    })),
    locks: [...locks.values()]
      .filter((lock) => !isGone(lock))
      .map(({ label, session, pending, ...rest }) => ({
        ...rest,
        lock: label,
        session: session.label,
        waits: [...pending.values()].map(({ kind }) => kind),
      })),
  }
}

/** Numbers beyond JSON's as decimal text, bytes as `hex:` and digits. */
function asPlain(_: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value)
  return value instanceof Uint8Array ? writeHex(value) : value
}
