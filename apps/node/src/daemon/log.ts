import type { Writable } from 'node:stream'
import { showKey } from '@holdfast/lock-engine'
import type { NodeEvent } from '../events.ts'

export type Level = 'info' | 'warn' | 'error'

/** One line a happening, for people or for programs. */
export interface Log {
  write(level: Level, event: string, fields: Readonly<Record<string, unknown>>): void
  /** Writes an event of the node. */
  event(event: NodeEvent): void
}

export interface LogOptions {
  readonly format: 'text' | 'json'
  readonly node: string
  readonly stream: Writable
  /** The wall clock; for the reader only. */
  readonly now: () => Date
}

const levels: Readonly<Record<string, Level>> = {
  'authority-lost': 'warn',
  'client-turned-away': 'warn',
  'fence-failed': 'error',
  rejected: 'warn',
  restarting: 'warn',
  'store-repaired': 'warn',
  'store-failed': 'error',
  'token-not-published': 'warn',
}

export function createLog({ format, node, stream, now }: LogOptions): Log {
  const write: Log['write'] = (level, event, fields) => {
    const time = now().toISOString()
    const line =
      format === 'json'
        ? toJson({ time, level, node, event, ...fields })
        : `${time} ${level.padEnd(5)} ${node} ${event}${toText(fields)}`
    stream.write(`${line}\n`)
  }
  return {
    write,
    event(event) {
      const { kind, ...fields } = event
      const fact = 'fact' in event ? event.fact : undefined
      if (isNamed(fact)) {
        const { kind: name, ...rest } = fact
        write(levels[name] ?? 'info', name, named(rest))
      } else {
        write(levels[kind] ?? 'info', kind, fields)
      }
    },
  }
}

/** The key of a resource, as people write its name. */
function named({ key, ...fields }: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return typeof key === 'string' ? { resource: showKey(key), ...fields } : fields
}

/** What membership and the lock engine observe comes wrapped; a log line shows what is inside. */
function isNamed(fact: unknown): fact is { readonly kind: string } {
  return (
    typeof fact === 'object' && fact !== null && 'kind' in fact && typeof fact.kind === 'string'
  )
}

function toJson(value: unknown): string {
  return JSON.stringify(value, (_, field: unknown) =>
    typeof field === 'bigint' ? String(field) : field,
  )
}

function toText(fields: Readonly<Record<string, unknown>>): string {
  return Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}=${valueText(value)}`)
    .join('')
}

function valueText(value: unknown): string {
  if (typeof value === 'string') return /[\s"=]/.test(value) ? JSON.stringify(value) : value
  if (Array.isArray(value) && value.every((item) => typeof item === 'string'))
    return value.join(',')
  if (typeof value === 'number') return String(Math.round(value * 1_000) / 1_000)
  return toJson(value)
}
