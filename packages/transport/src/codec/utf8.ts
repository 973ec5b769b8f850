/**
 * True when the bytes are well-formed UTF-8 (Unicode 16, table 3-7): no overlong form, no surrogate,
 * nothing above U+10FFFF. A leading byte order mark is refused too, because text decoders drop it,
 * so two different names would become one.
 */
export function isUtf8(bytes: Uint8Array, start: number, end: number): boolean {
  if (bytes[start] === 0xef && bytes[start + 1] === 0xbb && bytes[start + 2] === 0xbf) return false
  let at = start
  while (at < end) {
    const lead = bytes[at] as number
    if (lead < 0x80) {
      at += 1
      continue
    }
    const length = sequenceLength(lead)
    if (length === 0 || at + length > end) return false
    if (!isSecondByte(lead, bytes[at + 1] as number)) return false
    for (let rest = 2; rest < length; rest += 1) {
      if (((bytes[at + rest] as number) & 0xc0) !== 0x80) return false
    }
    at += length
  }
  return true
}

function sequenceLength(lead: number): number {
  if (lead >= 0xc2 && lead <= 0xdf) return 2
  if (lead >= 0xe0 && lead <= 0xef) return 3
  if (lead >= 0xf0 && lead <= 0xf4) return 4
  return 0
}

/** The second byte has a narrower range after four of the lead bytes. */
function isSecondByte(lead: number, second: number): boolean {
  if (lead === 0xe0) return second >= 0xa0 && second <= 0xbf
  if (lead === 0xed) return second >= 0x80 && second <= 0x9f
  if (lead === 0xf0) return second >= 0x90 && second <= 0xbf
  if (lead === 0xf4) return second >= 0x80 && second <= 0x8f
  return (second & 0xc0) === 0x80
}
