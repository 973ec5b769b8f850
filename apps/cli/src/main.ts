#!/usr/bin/env node
import { fileURLToPath } from 'node:url'
import { EXIT } from './exit-code.ts'
import { createProgram, judgeError } from './program.ts'

// Whoever read our output has gone: there is nobody to work for, and nothing to complain about.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? EXIT.brokenPipe : EXIT.internal)
})

const program = createProgram({
  command: fileURLToPath(import.meta.url),
  onExitCode: (code) => {
    process.exitCode = code
  },
})

try {
  await program.parseAsync(process.argv)
} catch (error) {
  const { code, sentence } = judgeError(error)
  if (sentence !== undefined) process.stderr.write(`holdfast: ${sentence}\n`)
  process.exitCode = code
}
