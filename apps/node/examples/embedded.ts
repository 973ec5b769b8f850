import { createNode } from '@holdfast/node'

// A cluster of one, in this process and in memory only. Give it `peers` and a `peerToken`, and the
// same lines run in a cluster of many.
await using node = await createNode({ name: 'n1', listen: { port: 0 } })
await using cluster = await node.connect()
const documents = cluster.lockspace('documents')

// Kept for reading until somebody wants to write, then given back at once.
const cached = await documents.acquire('report', { mode: 'PR', useValue: true })
cached.onBlocking(async (wanted) => {
  process.stdout.write(`somebody wants ${wanted}\n`)
  await cached.convert('NL')
})

// A writer leaves a value for the next one who looks.
const writer = await documents.acquire('report', { mode: 'EX', useValue: true })
await writer.unlock({ value: new TextEncoder().encode('version 2') })

await cached.convert('PR')
const { bytes, valid } = cached.value ?? { bytes: new Uint8Array(), valid: false }
process.stdout.write(`${valid ? 'valid' : 'doubtful'}: ${new TextDecoder().decode(bytes)}\n`)
