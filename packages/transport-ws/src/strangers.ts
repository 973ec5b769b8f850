import type { Socket } from 'node:net'
import type { AdmissionLimits } from './options.ts'

/**
 * The connections that have not yet said who they are: few, and not for long. Counted from the
 * moment the system accepted them, so that a silent connection, a slow TLS handshake, a slow header
 * and a missing hello all fall under one deadline.
 */
export interface Strangers {
  /** `false`: there are too many; the caller closes the socket. */
  admit(socket: Socket): boolean
  /** The handshake is done: the socket is no stranger any more. */
  settle(socket: Socket): void
  /** Closes all that are left. */
  close(): void
  readonly size: number
}

export interface StrangersOptions {
  readonly limits: AdmissionLimits
  readonly patienceMs: number
  readonly onRefusal: (from: string, reason: string) => void
}

interface Stranger {
  readonly socket: Socket
  readonly address: string
  readonly timer: NodeJS.Timeout
}

export function addressOf(socket: Socket): string {
  return socket.remoteAddress ?? 'unknown'
}

/**
 * A connection by its other end, not by its object: over TLS the socket that was accepted and the one
 * that requests come from are two objects of one connection.
 */
function keyOf(socket: Socket): string {
  return `${addressOf(socket)} ${socket.remotePort}`
}

export function createStrangers(options: StrangersOptions): Strangers {
  const { limits, patienceMs, onRefusal } = options
  const strangers = new Map<string, Stranger>()
  const perAddress = new Map<string, number>()

  const settle = (key: string): void => {
    const stranger = strangers.get(key)
    if (stranger === undefined) return
    strangers.delete(key)
    clearTimeout(stranger.timer)
    const others = (perAddress.get(stranger.address) ?? 0) - 1
    if (others > 0) perAddress.set(stranger.address, others)
    else perAddress.delete(stranger.address)
  }
  const refusalOf = (address: string): string | undefined => {
    if (strangers.size >= limits.strangersMax) return 'too many connections without a handshake'
    const others = perAddress.get(address) ?? 0
    if (others < limits.strangersPerAddressMax) return undefined
    return 'too many connections without a handshake from this address'
  }

  return {
    admit(socket) {
      const address = addressOf(socket)
      const refusal = refusalOf(address)
      if (refusal !== undefined) {
        onRefusal(address, refusal)
        return false
      }
      const onTimeout = (): void => {
        onRefusal(address, `no handshake within ${patienceMs} ms`)
        socket.destroy()
      }
      const key = keyOf(socket)
      strangers.set(key, { socket, address, timer: setTimeout(onTimeout, patienceMs) })
      perAddress.set(address, (perAddress.get(address) ?? 0) + 1)
      socket.once('close', () => settle(key))
      return true
    },
    settle: (socket) => settle(keyOf(socket)),
    close() {
      for (const { socket } of strangers.values()) socket.destroy()
    },
    get size(): number {
      return strangers.size
    },
  }
}
