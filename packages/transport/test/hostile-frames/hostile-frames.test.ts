import { createRandom } from '@holdfast/primitives'
import { createCodec, createPacketCodec } from '@holdfast/transport'
import { decode as decodeByLibrary } from '@msgpack/msgpack'
import { describe, expect, it } from 'vitest'
import { HOSTILE_FRAMES } from './builders.ts'

const FRAME_MS_MAX = 5
const RUNS_MAX = 400

describe('a hostile frame', () => {
  for (const { name, refused, build } of HOSTILE_FRAMES) {
    it(`is refused: ${name}`, () => {
      expect(createCodec().decode(build())).toEqual({ ok: false, reason: refused })
      expect(createPacketCodec().decode(build())).toEqual({ ok: false, reason: refused })
    })
  }

  it('costs at most 5 ms', () => {
    const codec = createCodec()
    for (const { name, build } of HOSTILE_FRAMES) {
      const frame = build()
      // The best of many runs: what the frame costs, not what the machine does beside it for a while.
      let bestMs = Number.POSITIVE_INFINITY
      for (let run = 0; run < RUNS_MAX && bestMs > FRAME_MS_MAX; run += 1) {
        const start = performance.now()
        codec.decode(frame)
        bestMs = Math.min(bestMs, performance.now() - start)
      }
      expect(bestMs, name).toBeLessThanOrEqual(FRAME_MS_MAX)
    }
  }, 60_000)

  it('leaves nothing behind for the next frame', () => {
    const codec = createCodec()
    const value = { kind: 'request', list: [1, 2, { deep: true }] }
    const frame = codec.encode(value)
    for (const { build } of HOSTILE_FRAMES) {
      codec.decode(build())
      expect(codec.decode(frame)).toEqual({ ok: true, value })
    }
  })

  it('never throws, and what passes means what the library says', () => {
    const codec = createCodec()
    const random = createRandom('mutated frames')
    const seedFrame = codec.encode([
      { kind: 'request', name: 'order/42', mode: 5, token: 7n, bytes: new Uint8Array([1, 2, 3]) },
      [1, 300, 70_000, -5, 2 ** 40, 'text', true, null, [], {}],
    ])
    let passed = 0
    for (let run = 0; run < 20_000; run += 1) {
      const frame = new Uint8Array(seedFrame)
      for (let n = 1 + random.below(3); n > 0; n -= 1) {
        frame[random.below(frame.length)] = random.below(256)
      }
      const decoded = codec.decode(frame)
      if (!decoded.ok) continue
      passed += 1
      expect(decoded.value).toEqual(decodeByLibrary(frame, { useBigInt64: true }))
    }
    expect(passed).toBeGreaterThan(500)
  })

  it('never throws on noise', () => {
    const codec = createPacketCodec()
    const random = createRandom('noise')
    for (let run = 0; run < 10_000; run += 1) {
      const frame = Uint8Array.from({ length: random.below(60) }, () => random.below(256))
      expect(codec.decode(frame)).toHaveProperty('ok')
    }
  })
})
