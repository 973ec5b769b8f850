import { createNode } from '@holdfast/node'
import { WebSocketServer } from 'ws'

/**
 * The far side of a measurement, a process of its own: `echo` gives frames back as they came,
 * `client` is a node to connect to, `peer` a node that masters the names of the lanes.
 */
const [part = '', secret = '', lanes = '0'] = process.argv.slice(2)
process.on('disconnect', () => process.exit(0))

if (part === 'echo') await echo()
else if (part === 'client') await node({ name: 'far' })
else await peer()

async function echo(): Promise<void> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false })
  server.on('connection', (socket) => {
    socket.on('message', (data) => socket.send(data))
  })
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('the server has no address')
  tell(`ws://127.0.0.1:${address.port}`)
}

async function node(options: {
  readonly name: string
  readonly peers?: readonly { readonly node: string; readonly address: string }[]
}): Promise<void> {
  const { address } = await createNode({
    ...options,
    listen: { port: 0 },
    clientToken: `${secret}-client`,
    peerToken: `${secret}-peer`,
  })
  tell(address)
}

/** Waits for the address of the near node, as each must know the other. */
async function peer(): Promise<void> {
  const near = await new Promise<string>((resolve) => process.once('message', resolve))
  const far = await createNode({
    name: 'far',
    listen: { port: 0 },
    clientToken: `${secret}-client`,
    peerToken: `${secret}-peer`,
    peers: [{ node: 'near', address: near }],
  })
  tell(far.address)
  const cluster = await far.connect()
  const space = cluster.lockspace('bench')
  // The first user of a name becomes its master, and stays it while it has a lock there.
  for (let lane = 0; lane < Number(lanes); lane += 1) {
    await space.acquire(`lane/${lane}`, { mode: 'NL', notify: false })
  }
  tell('mastered')
}

function tell(message: string): void {
  process.send?.(message)
}
