import { readFile } from 'node:fs/promises'
import { runDaemon } from '@holdfast/node/daemon'
import { readConfiguration } from '@holdfast/node/settings'
import { EXIT, ExitError } from '../exit-code.ts'

/** Runs one node. Resolves with the exit code when it has stopped. */
export async function node(
  flags: Readonly<Record<string, string | boolean | undefined>>,
): Promise<number> {
  const { config, endWithStdin, ...others } = flags
  const path = typeof config === 'string' ? config : process.env['HOLDFAST_CONFIG']
  const read = readConfiguration({
    flags: Object.fromEntries(Object.entries(others).map(([key, value]) => [key, textOf(value)])),
    environment: process.env,
    ...(path === undefined ? {} : { file: { name: path, text: await readText(path) } }),
  })
  if (!read.ok) throw new ExitError(read.faults.join('\nholdfast: '), { exitCode: EXIT.usage })
  return runDaemon({ settings: read.settings, endWithStdin: endWithStdin === true })
}

/** A switch has no text; that it is there says all. */
function textOf(value: string | boolean | undefined): string | undefined {
  return typeof value === 'boolean' ? String(value) : value
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause)
    throw new ExitError(`the configuration cannot be read: ${detail}`, {
      exitCode: EXIT.usage,
      cause,
    })
  }
}
