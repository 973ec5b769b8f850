// examples/alone.ts
import type { EngineInput, LockEngine } from '@holdfast/lock-engine'
import { createLockEngine } from '@holdfast/lock-engine'
import type { SessionEvent } from '@holdfast/lock-engine/messages'

/** One engine that is the whole cluster: it masters and indexes everything itself. */
function startAlone(): LockEngine {
  const engine = createLockEngine()
  const self = { id: 1, joined: 1, eligible: true, weight: 1 }
  engine.install({ epoch: 1, settled: 0, self: self.id, members: [self], notes: [] }, 0)
  engine.resume()
  engine.activate(0)
  engine.open(0)
  return engine
}

function inWords(event: SessionEvent): string {
  if (event.kind === 'blocking') return `blocks ${event.mode}`
  if (event.kind !== 'completion') return event.kind
  const { outcome, mode = 'nothing', value } = event
  const balance = value === undefined ? '' : `, balance ${value.bytes[0] ?? 'unknown'}`
  return `${outcome}, holds ${mode}${balance}`
}

/** A writer and a reader of one account. Returns what the two hear, line by line. */
export function shareAnAccount(): readonly string[] {
  const engine = startAlone()
  const lines: string[] = []
  const give = (input: EngineInput): void => {
    engine.handle(input, 0)
    for (const output of engine.drain()) {
      if (output.kind === 'event') lines.push(`${output.session}: ${inWords(output.event)}`)
    }
  }
  const account = { space: 'bank', name: 'account/7' }
  const asked = { resource: account, noQueue: false, useValue: true, notify: true }
  const [writer, reader] = [1, 2]
  give({ kind: 'session-opened', session: writer, label: 'writer' })
  give({ kind: 'session-opened', session: reader, label: 'reader' })

  const write = { kind: 'request', call: 1, lock: 1, mode: 'EX', ...asked } as const
  give({ kind: 'call', session: writer, call: write })
  const read = { kind: 'request', call: 1, lock: 1, mode: 'PR', ...asked } as const
  give({ kind: 'call', session: reader, call: read })

  // The writer hears that somebody waits, and goes down to a reading lock; 42 goes with it.
  const share = { noQueue: false, queueFair: false, useValue: true, value: Uint8Array.of(42) }
  const down = { kind: 'convert', call: 2, lock: 1, mode: 'PR', ...share } as const
  give({ kind: 'call', session: writer, call: down })
  give({ kind: 'session-closed', session: writer })
  give({ kind: 'call', session: reader, call: { kind: 'unlock', call: 2, lock: 1 } })
  return lines
}
