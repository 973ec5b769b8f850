import { describe, expect, test } from 'vitest'
import { formatLine, type Line, parseLine } from '../src/story/line.ts'
import { judgeFile } from '../src/story/verdict.ts'

const lines: readonly Line[] = [
  { token: 5n, worker: 'w1', n: 1 },
  { token: 7n, worker: 'w2', n: 1 },
  { token: 9n, worker: 'w1', n: 2 },
]
const textOf = (given: readonly Line[]): string => given.map(formatLine).join('')
const faults = (text: string, confirmed: readonly Line[]): readonly string[] =>
  judgeFile(text, confirmed)
    .filter(({ holds }) => !holds)
    .map(({ what }) => what)

describe('the verdict on the shared file', () => {
  test('finds nothing wrong with what is right', () => {
    expect(faults(textOf(lines), lines)).toEqual([])
    expect(judgeFile('', [])).toHaveLength(5)
  })

  test('lets a line be there that nobody could confirm any more', () => {
    expect(faults(textOf(lines), lines.slice(0, 2))).toEqual([])
  })

  test('sees a lost line', () => {
    const text = textOf([lines[0] as Line, lines[2] as Line])
    expect(faults(text, lines)).toEqual(['every confirmed line is in the file'])
  })

  test('sees a line that is there twice', () => {
    expect(faults(textOf([...lines, lines[2] as Line]), lines)).toContain('no line is there twice')
  })

  test('sees half a line, at the end and in the middle', () => {
    expect(faults(`${textOf(lines)}11 w1`, lines)).toEqual(['every line is whole'])
    expect(faults(`5 w1 1\n7 w2\n${textOf(lines.slice(1))}`, lines)).toContain(
      'every line is whole',
    )
  })

  test('sees a token that does not rise', () => {
    const swapped = [lines[1], { ...lines[0], n: 1 }] as Line[]
    expect(faults(textOf(swapped), [])).toEqual(['fencing tokens strictly rise'])
    const equal = [lines[0], { token: 5n, worker: 'w2', n: 1 }] as Line[]
    expect(faults(textOf(equal), [])).toEqual(['fencing tokens strictly rise'])
  })

  test('sees a gap in the lines of a worker', () => {
    expect(faults(textOf([lines[2] as Line]), [])).toEqual(["each worker's lines are in its order"])
  })

  test('reads back what it writes, and nothing else', () => {
    for (const line of lines) expect(parseLine(formatLine(line).trimEnd())).toEqual(line)
    for (const text of ['', '5 w1', '-5 w1 1', '5  w1 1', '5 w1 1 ', 'x']) {
      expect(parseLine(text)).toBeUndefined()
    }
  })
})
