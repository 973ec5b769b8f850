import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'

/** Lines that are kept from one shell to the next. */
export const HISTORY_MAX = 1_000

/** What was typed in earlier shells, in a file that only its user can read. */
export interface History {
  /** Newest first, as readline wants it. */
  load(): Promise<string[]>
  add(line: string): Promise<void>
}

/** The user's folder for state: `XDG_STATE_HOME`, or `.local/state` at home. */
export function historyPath(environment: Readonly<Record<string, string | undefined>>): string {
  const state = environment['XDG_STATE_HOME'] ?? ''
  return join(
    state === '' ? join(homedir(), '.local', 'state') : state,
    'holdfast',
    'shell-history',
  )
}

/** A shell without a history is still a shell: what cannot be read or written is left out. */
export function createHistory(path: string): History {
  return {
    async load() {
      const text = await readFile(path, 'utf8').catch(() => '')
      const lines = text.split('\n').filter((line) => line !== '')
      const kept = lines.slice(-HISTORY_MAX)
      if (lines.length > 2 * HISTORY_MAX) await write(path, `${kept.join('\n')}\n`)
      return kept.toReversed()
    },
    async add(line) {
      try {
        await mkdir(dirname(path), { recursive: true, mode: 0o700 })
        await appendFile(path, `${line}\n`, { mode: 0o600 })
      } catch {
        // There is nobody who could do anything about it.
      }
    },
  }
}

async function write(path: string, text: string): Promise<void> {
  await writeFile(path, text, { mode: 0o600 }).catch(() => undefined)
}
