import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { playTranscript } from './harness/transcript.ts'

const folder = new URL('./scenarios/', import.meta.url)
const files = readdirSync(folder).filter((name) => name.endsWith('.txt'))

describe('scenarios', () => {
  test('are found', () => {
    expect(files.length).toBeGreaterThan(20)
  })

  test.each(files)('%s', async (name) => {
    const path = new URL(name, folder).pathname
    await expect(playTranscript(readFileSync(path, 'utf8'))).toMatchFileSnapshot(path)
  })
})
