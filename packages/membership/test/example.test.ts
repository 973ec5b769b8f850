import { describe, expect, it } from 'vitest'
import { story } from '../examples/sharded.ts'

describe('the example of sharded ownership', () => {
  it('gives each shard exactly one owner, before and after a death, and never two', () => {
    const { before, after, clashes } = story()
    expect(before.reduce((sum, owned) => sum + owned, 0)).toBe(64)
    expect(after.reduce((sum, owned) => sum + owned, 0)).toBe(64)
    expect(before.every((owned) => owned > 0)).toBe(true)
    expect(clashes).toBe(0)
  })
})
