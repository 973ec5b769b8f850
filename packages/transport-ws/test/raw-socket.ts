import { randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'

/** What a stranger sees of the server. */
export interface RawSocket {
  readonly socket: Socket
  /** Everything that the server sent until it closed the connection. */
  readonly ended: Promise<string>
  /** Resolves with what has arrived when it contains the text. */
  until(text: string): Promise<string>
}

export function rawSocket(address: string, firstBytes?: string | Uint8Array): Promise<RawSocket> {
  const { hostname, port } = new URL(address)
  const socket = connect({ host: hostname, port: Number(port), noDelay: true })
  let seen = ''
  const watchers = new Set<() => void>()
  const ended = new Promise<string>((resolve) => {
    socket.on('data', (bytes) => {
      seen += bytes.toString('latin1')
      for (const watcher of watchers) watcher()
    })
    // A reset is one more way to be turned away.
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(seen))
  })
  const until = (text: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (seen.includes(text)) resolve(seen)
      }
      watchers.add(look)
      look()
      void ended.then(() => reject(new Error(`closed after: ${seen}`)))
    })
  return new Promise((resolve) => {
    socket.once('error', () => resolve({ socket, ended, until }))
    socket.once('connect', () => {
      if (firstBytes !== undefined) socket.write(firstBytes)
      resolve({ socket, ended, until })
    })
  })
}

/** The request that opens a WebSocket, with headers changed (`undefined`: left out). */
export function upgradeRequest(
  address: string,
  token: string,
  changes: Readonly<Record<string, string | undefined>> = {},
): string {
  const headers: Record<string, string | undefined> = {
    Host: new URL(address).host,
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
    'Sec-WebSocket-Protocol': 'holdfast.v1',
    Authorization: `Bearer ${token}`,
    ...changes,
  }
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${value}`],
  )
  return ['GET / HTTP/1.1', ...lines, '', ''].join('\r\n')
}

/** A frame as a WebSocket client sends it; the mask is zero, so the content stays readable here. */
export function webSocketFrame(opcode: number, payload: Uint8Array, final = true): Buffer {
  const length = payload.length
  const header = length < 126 ? Buffer.alloc(6) : Buffer.alloc(length < 65_536 ? 8 : 14)
  header[0] = (final ? 0x80 : 0) | opcode
  if (length < 126) header[1] = 0x80 | length
  else if (length < 65_536) {
    header[1] = 0x80 | 126
    header.writeUInt16BE(length, 2)
  } else {
    header[1] = 0x80 | 127
    header.writeBigUInt64BE(BigInt(length), 2)
  }
  return Buffer.concat([header, payload])
}
