import type { Step } from './cycles.ts'
import { cycleBytesMax, stepBytesMax, stepsMax } from './deadlock-messages.ts'
import { wordsOfParty } from './graph.ts'

/** Room that is kept for the line that counts the rest. */
const restBytes = 40

/** A line for each step while they fit, then one that counts the rest. */
export function wordsOfCycle(steps: readonly Step[]): readonly string[] {
  const lines: string[] = []
  let bytes = 0
  for (const step of steps) {
    const line = cut(wordsOfStep(step), stepBytesMax)
    bytes += bytesOf(line) + 2
    if (bytes > cycleBytesMax - restBytes || lines.length === stepsMax - 1) {
      return [...lines, `and ${steps.length - lines.length} more waits back to the first`]
    }
    lines.push(line)
  }
  return lines
}

function wordsOfStep({ read, blocker }: Step): string {
  const { party, words } = read.wait
  return `${wordsOfParty(party)} waits for ${words}, which ${wordsOfParty(blocker.party)} ${blocker.words}`
}

/** Cuts a text so that it has at most so many bytes of UTF-8. */
function cut(text: string, bytesMax: number): string {
  if (bytesOf(text) <= bytesMax) return text
  let end = 0
  for (let bytes = 3; bytes <= bytesMax; end += 1) bytes += bytesAt(text, end)
  return `${text.slice(0, end - 1)}…`
}

/** Bytes of UTF-8, or a few more. */
export function bytesOf(text: string): number {
  let bytes = 0
  for (let index = 0; index < text.length; index += 1) bytes += bytesAt(text, index)
  return bytes
}

function bytesAt(text: string, index: number): number {
  const code = text.charCodeAt(index)
  if (code < 0x80) return 1
  return code < 0x800 ? 2 : 3
}
