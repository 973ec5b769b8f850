import type { Trace } from '@holdfast/simulator'

const LINE_MAX = 400

/** The end of a run, one line for each thing that happened. */
export function describeTrace(trace: Trace): readonly string[] {
  const lines = trace.entries().map(({ at, who, what, detail }) => {
    const time = at.toFixed(3).padStart(11)
    return `${time} ${who.padEnd(6)} ${what.padEnd(6)} ${describe(detail)}`.slice(0, LINE_MAX)
  })
  const { forgotten } = trace
  return forgotten === 0 ? lines : [`(${forgotten} lines before these)`, ...lines]
}

function describe(detail: unknown): string {
  if (detail === undefined) return ''
  return JSON.stringify(detail, (_key, value: unknown) => {
    if (typeof value === 'bigint') return `${value}n`
    if (value instanceof Uint8Array) return `0x${Array.from(value, hex).join('')}`
    return value
  }).replace(/"/g, '')
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, '0')
}
