import { InvariantViolation } from '@holdfast/primitives'
import { Decoder, Encoder, type ExtensionCodecType } from '@msgpack/msgpack'
import { type CodecLimits, codecLimits } from './limits.ts'
import { createScanner, type RefusedReason } from './scan.ts'

export type Decoded<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly reason: RefusedReason }

/**
 * Plain values to bytes and back, by MessagePack.
 *
 * A value is made of `null`, booleans, numbers that are neither NaN nor infinite, bigints of 64 bits,
 * well-formed strings, byte strings, lists, and objects with text keys. A field that is `undefined`
 * is left out. A bigint stays a bigint, a number stays a number, whatever its size.
 */
export interface Codec {
  /**
   * The bytes belong to the caller. A value that cannot be written is a bug of this program
   * (`InvariantViolation`); the limits are not looked at: who makes a value keeps to them.
   */
  encode(value: unknown): Uint8Array
  /** Total: takes any bytes. What it makes shares no memory with the frame. */
  decode(frame: Uint8Array): Decoded<unknown>
}

/** Extensions are neither written (a Date would become one) nor read. */
const NO_EXTENSIONS: ExtensionCodecType<undefined> = {
  tryToEncode: () => null,
  decode: () => undefined,
}

export function createCodec(options: { readonly limits?: Partial<CodecLimits> } = {}): Codec {
  const limits = codecLimits(options.limits ?? {})
  const scan = createScanner(limits)
  // Both are reused for speed; the library clones an encoder or decoder that is in use.
  const encoder = new Encoder({
    extensionCodec: NO_EXTENSIONS,
    useBigInt64: true,
    ignoreUndefined: true,
    maxDepth: limits.depthMax + 1,
  })
  const decoder = new Decoder({
    extensionCodec: NO_EXTENSIONS,
    useBigInt64: true,
    maxStrLength: limits.stringBytesMax,
    maxBinLength: limits.binaryBytesMax,
    maxArrayLength: limits.arrayMax,
    maxMapLength: limits.mapMax,
    maxExtLength: 0,
  })

  return {
    encode(value) {
      try {
        return encoder.encode(value)
      } catch (cause) {
        const sentence = cause instanceof Error ? cause.message : String(cause)
        throw new InvariantViolation(`only plain values are encoded: ${sentence}`, { cause })
      }
    },
    decode(frame) {
      const scanned = scan(frame)
      if (scanned !== 'ok' && scanned !== 'ok-with-binary') return { ok: false, reason: scanned }
      try {
        const value = decoder.decode(frame)
        return { ok: true, value: scanned === 'ok' ? value : withOwnBytes(value) }
      } catch {
        // The library is stricter than the scan only by a fault of the scan: still a bad frame.
        return { ok: false, reason: 'shape-refused' }
      }
    },
  }
}

/** Byte strings come as windows into the frame; a kept value block would keep the whole frame alive. */
function withOwnBytes(value: unknown): unknown {
  if (value instanceof Uint8Array) return new Uint8Array(value)
  if (typeof value !== 'object' || value === null) return value
  const fields = value as Record<string, unknown>
  for (const key in fields) {
    const field = fields[key]
    if (typeof field === 'object') fields[key] = withOwnBytes(field)
  }
  return value
}
