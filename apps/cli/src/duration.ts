import { EXIT, ExitError } from './exit-code.ts'

/** `2`, `0.5`, `2s`, `500ms`, `3m` in milliseconds; a bare number is seconds. */
export function parseDuration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m)?$/.exec(text)
  const [, amount, unit = 's'] = match ?? []
  if (amount === undefined) {
    throw new ExitError(`"${text}" is no length of time: write 2, 0.5, 500ms, 2s or 3m`, {
      exitCode: EXIT.usage,
    })
  }
  const factor = { ms: 1, s: 1_000, m: 60_000 }[unit] ?? 1_000
  return Number(amount) * factor
}
