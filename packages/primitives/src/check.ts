/**
 * Checked decoders for hot messages: a table of fields in, a yes or no out.
 * Zod stays the schema of record; tests hold each table against its schema.
 */
export type Check = (value: unknown) => boolean

export const isText =
  (lengthMax: number): Check =>
  (value) =>
    typeof value === 'string' && value.length <= lengthMax

/** A whole number from 0 to `max` (default 2^53 - 1). */
export const isUint =
  (max: number = Number.MAX_SAFE_INTEGER): Check =>
  (value) =>
    typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= max

export const isFlag: Check = (value) => typeof value === 'boolean'

export const isBytes =
  (lengthMax: number): Check =>
  (value) =>
    value instanceof Uint8Array && value.length <= lengthMax

export const isToken: Check = (value) =>
  typeof value === 'bigint' && value >= 0n && value < 1n << 63n

export const isOneOf =
  (allowed: readonly unknown[]): Check =>
  (value) =>
    allowed.includes(value)

export const isOptional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value)

export const isListOf =
  (check: Check, lengthMax: number): Check =>
  (value) =>
    Array.isArray(value) && value.length <= lengthMax && value.every(check)

/** An object with exactly these fields; a field whose check accepts `undefined` may be absent. */
export function isRecordOf(fields: Readonly<Record<string, Check>>): Check {
  const known = new Map(Object.entries(fields))
  const needed = new Set([...known].flatMap(([key, check]) => (check(undefined) ? [] : [key])))
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
    const record = value as Readonly<Record<string, unknown>>
    // Only what is there is looked at: a message has far fewer fields than it may have.
    let missing = needed.size
    for (const key in record) {
      if (known.get(key)?.(record[key]) !== true) return false
      if (needed.has(key)) missing -= 1
    }
    return missing === 0
  }
}

/** A union told apart by `kind`. */
export function isVariantOf(variants: Readonly<Record<string, Check>>): Check {
  const table = new Map(Object.entries(variants))
  return (value) => {
    if (typeof value !== 'object' || value === null) return false
    const check = table.get((value as { kind?: unknown }).kind as string)
    return check?.(value) ?? false
  }
}
