import { connect } from '@holdfast/client'

// A process that takes one lock, tells what becomes of it, and keeps it until it is ended.
const [name = 'held', mode = 'EX'] = process.argv.slice(2)
const cluster = await connect((process.env['HOLDFAST_ADDRESS'] ?? '').split(','), {
  cluster: 'play',
  token: process.env['HOLDFAST_CLIENT_TOKEN'] ?? '',
})
const lock = await cluster.lockspace('test').acquire(name, { mode: mode === 'PR' ? 'PR' : 'EX' })
lock.signal.addEventListener('abort', () => {
  process.stdout.write(`lost ${lock.signal.reason.reason} held=${lock.held}\n`)
})
process.stdout.write(`held token=${lock.token} node=${cluster.node}\n`)
