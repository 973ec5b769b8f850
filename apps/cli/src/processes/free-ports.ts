import { createServer } from 'node:net'

const HIGHEST_PORT = 65_535

/** `count` neighbouring ports from `first` on that nobody listens on; skips those that are taken. */
export async function findFreePorts(first: number, count: number): Promise<readonly number[]> {
  const free: number[] = []
  for (let port = first; free.length < count && port <= HIGHEST_PORT; port += 1) {
    if (await isFree(port)) free.push(port)
  }
  return free
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => {
      server.close(() => resolve(true))
    })
  })
}
