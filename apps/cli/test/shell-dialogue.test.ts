import { PassThrough } from 'node:stream'
import pc from 'picocolors'
import { expect, test } from 'vitest'
import { runInteractive } from '../src/shell/interactive.ts'
import { Shell } from '../src/shell/shell.ts'
import { createTextOutput } from '../src/shell/text-output.ts'

/** What a terminal is told from the last line that is typed on. Nothing in it needs a node. */
async function endOf(typed: string): Promise<string> {
  const input = Object.assign(new PassThrough(), { isTTY: true })
  const screen = Object.assign(new PassThrough(), { isTTY: true, columns: 80, rows: 24 })
  const paint = pc.createColors(false)
  const ended = runInteractive({
    input: input as unknown as NodeJS.ReadStream,
    screen: screen as unknown as NodeJS.WriteStream,
    paint,
    history: { load: async () => [], add: async () => undefined },
    start: (print) => {
      const output = createTextOutput({ paint, print, tell: print })
      const access = { addresses: [], cluster: 'none', token: undefined }
      return { output, shell: new Shell({ access, space: 'default', output }) }
    },
  })
  input.write(typed)
  await ended
  return String(screen.read())
}

const toStartOfLine = '\u001b[1G'
const eraseBelow = '\u001b[0J'

test('quit leaves no prompt on the line', async () => {
  const shown = await endOf('quit\r')
  expect(shown.endsWith(`${toStartOfLine}${eraseBelow}`)).toBe(true)
})

test('Ctrl-D leaves the line of the prompt', async () => {
  const shown = await endOf('\u0004')
  expect(shown.endsWith('\n')).toBe(true)
})
