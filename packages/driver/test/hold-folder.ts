import { createFileStore } from '@holdfast/driver'

// Run as a process of its own: holds the folder until it is killed.
await createFileStore({ directory: process.env['FOLDER'] ?? '' })
process.stdout.write('held\n')
setInterval(() => undefined, 60_000)
