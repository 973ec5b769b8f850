import process from 'node:process'

/** One line that is written over on a terminal; elsewhere a line every ten seconds. */
export interface Progress {
  show(text: string): void
  end(): void
}

export function createProgress(): Progress {
  const { stderr } = process
  let shownAt = Date.now()
  return {
    show(text) {
      if (stderr.isTTY) {
        stderr.write(`\r\u001b[K${text}`)
        return
      }
      if (Date.now() - shownAt < 10_000) return
      shownAt = Date.now()
      stderr.write(`${text}\n`)
    },
    end() {
      if (stderr.isTTY) stderr.write('\r\u001b[K')
    },
  }
}
