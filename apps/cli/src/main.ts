#!/usr/bin/env node
import { fileURLToPath } from 'node:url'
import { createProgram, judgeError } from './program.ts'

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
