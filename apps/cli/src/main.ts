#!/usr/bin/env node
import { enableCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'
import { EXIT } from './exit-code.ts'

// Half of what a short command costs is to read the program, and that is the same each time.
enableCompileCache()
const { createProgram, judgeError, wantsJson } = await import('./program.ts')

// Whoever read our output has gone: there is nobody to work for, and nothing to complain about.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? EXIT.brokenPipe : EXIT.internal)
})

const json = wantsJson(process.argv)
const program = createProgram({
  json,
  command: fileURLToPath(import.meta.url),
  onExitCode: (code) => {
    process.exitCode = code
  },
})

try {
  await program.parseAsync(process.argv)
} catch (error) {
  const { code, sentence } = judgeError(error, json)
  if (sentence !== undefined) {
    const told = { message: sentence, event: 'error', exitCode: code }
    process.stderr.write(json ? `${JSON.stringify(told)}\n` : `holdfast: ${sentence}\n`)
  }
  process.exitCode = code
}
