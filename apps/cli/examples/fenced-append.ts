import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'

// Run under a lock: holdfast run journal -- node fenced-append.ts FILE LINE
// The token says how new the lock is. A store that remembers the newest one it has seen turns away
// a process that was asleep while somebody else had the lock.
const [file = '', line = ''] = process.argv.slice(2)
const token = BigInt(process.env['HOLDFAST_TOKEN'] ?? '0')
const fence = `${file}.fence`
const newest = existsSync(fence) ? BigInt(readFileSync(fence, 'utf8')) : 0n

if (token < newest) {
  process.stderr.write(`token ${token} is older than ${newest}: this lock was lost\n`)
  process.exit(1)
}
writeFileSync(fence, String(token))
appendFileSync(file, `${line}\n`)
