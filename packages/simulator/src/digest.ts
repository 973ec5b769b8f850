/**
 * A fingerprint of a run: two runs of one seed must end with the same. It tells runs apart, it is no
 * defence against anybody.
 */
export interface Digest {
  /** Mixes in a number, with its fraction. */
  add(value: number): void
  /** 16 hexadecimal digits. */
  read(): string
}

export function createDigest(): Digest {
  const whole = new Float64Array(1)
  const halves = new Uint32Array(whole.buffer)
  let low = 0x811c_9dc5
  let high = 0x9e37_79b9

  const mix = (word: number): void => {
    low = Math.imul(low ^ word, 0x0100_0193)
    high = Math.imul(high ^ ((low >>> 15) + word), 0x85eb_ca6b)
    high = (high << 13) | (high >>> 19)
  }
  return {
    add(value) {
      whole[0] = value
      mix(halves[0] as number)
      mix(halves[1] as number)
    },
    read: () => hex(high) + hex(low),
  }
}

function hex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0')
}
