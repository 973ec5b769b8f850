import { invariant } from '@holdfast/primitives'

/** What a frame may hold. A frame over one of these is refused before anything is made from it. */
export interface CodecLimits {
  /** A whole frame, bytes. Default 65,536. */
  readonly frameBytesMax: number
  /** Lists and maps inside one another; a bare value has depth 0. Default 8. */
  readonly depthMax: number
  /** Items of one list. Default 1,024. */
  readonly arrayMax: number
  /** Entries of one map. Default 64. */
  readonly mapMax: number
  /** Bytes of one key of a map, in UTF-8. Default 64. */
  readonly keyBytesMax: number
  /** Bytes of one string, in UTF-8. Default 512. */
  readonly stringBytesMax: number
  /** Bytes of one byte string. Default 4,096. */
  readonly binaryBytesMax: number
}

export const CODEC_LIMITS: CodecLimits = {
  frameBytesMax: 65_536,
  depthMax: 8,
  arrayMax: 1_024,
  mapMax: 64,
  keyBytesMax: 64,
  stringBytesMax: 512,
  binaryBytesMax: 4_096,
}

export function codecLimits(given: Partial<CodecLimits>): CodecLimits {
  const limits = { ...CODEC_LIMITS, ...given }
  const sound = Object.values(limits).every((limit) => Number.isSafeInteger(limit) && limit > 0)
  invariant(sound, 'a codec limit is a whole number above 0')
  invariant(limits.depthMax <= 64, 'a codec looks into at most 64 levels')
  return limits
}
