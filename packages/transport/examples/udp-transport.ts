/**
 * A transport over UDP, written from the contract's documentation: an example of an adapter whose
 * path loses, repeats and reorders. It has no encryption and no credentials: for a network that has.
 *
 * A datagram begins with its kind (1 byte) and the sender's number for the channel (16 bytes), then
 * the frame. The dialer repeats its hello until it is answered; the acceptor answers every copy of
 * one hello alike.
 */
import { randomBytes } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'
import type { AddressInfo } from 'node:net'
import {
  answerHello,
  type Channel,
  createMailbox,
  createOpening,
  type DialTarget,
  helloFrame,
  type Mailbox,
  type Opening,
  type PeerIdentity,
  readAnswer,
  type SendResult,
  type Transport,
  TransportError,
  type TransportLimits,
  transportLimits,
} from '@holdfast/transport'

export interface UdpTransportOptions {
  readonly identity: PeerIdentity
  /** The local address. Default `127.0.0.1` and any free port. */
  readonly host?: string
  readonly port?: number
  readonly limits?: Partial<TransportLimits>
}

const KIND = { hello: 1, answer: 2, frame: 3, close: 4 } as const
const NUMBER_BYTES = 16
const HEADER_BYTES = 1 + NUMBER_BYTES

/** What fits into a datagram over IPv4, without our header. */
const FRAME_BYTES_MAX = 65_507 - HEADER_BYTES

const HELLO_REPEAT_MS = 30
const CHANNELS_MAX = 1_024

/** Channels that were closed are remembered this long, so that late datagrams do not revive them. */
const CLOSED_MAX = 4_096

export function udpTransport(options: UdpTransportOptions): Transport {
  return new UdpTransport(options)
}

/** One end of a channel: both ends use the number that the dialer drew. */
interface End {
  readonly number: string
  readonly channel: Channel
  readonly mailbox: Mailbox
  end(reason: string): void
}

/** Where datagrams go, and the socket through which. */
interface Route {
  readonly socket: Socket
  readonly port: number
  readonly address: string
}

interface Dial {
  readonly address: string
  readonly target: DialTarget
  readonly opening: Opening<Channel>
}

class UdpTransport implements Transport {
  readonly local: PeerIdentity
  readonly limits: TransportLimits
  readonly #options: UdpTransportOptions
  readonly #ends = new Map<string, End>()
  readonly #dials = new Map<string, Dial>()
  /** The answer to each hello that was taken, for its repeats. */
  readonly #answers = new Map<string, Uint8Array>()
  readonly #closedNumbers = new Set<string>()
  #bound: Promise<Socket> | undefined
  #listening = false
  #accept: ((channel: Channel) => void) | undefined
  #closed: Promise<void> | undefined

  constructor(options: UdpTransportOptions) {
    const limits = transportLimits(options.limits)
    this.local = options.identity
    this.limits = { ...limits, frameBytesMax: Math.min(limits.frameBytesMax, FRAME_BYTES_MAX) }
    this.#options = options
  }

  onChannel(accept: (channel: Channel) => void): void {
    this.#accept = accept
  }

  async listen(options: { readonly signal?: AbortSignal } = {}): Promise<string> {
    options.signal?.throwIfAborted()
    if (this.#closed !== undefined)
      throw new TransportError('closed', 'udp:', 'the transport is closed')
    if (this.local.role === 'client') {
      throw new TransportError('listen-failed', 'udp:', 'a client does not listen')
    }
    const socket = await this.#bind()
    options.signal?.throwIfAborted()
    this.#listening = true
    const { address, port } = socket.address() as AddressInfo
    return `udp://${address}:${port}`
  }

  /** One socket for everything; opened when it is first needed. */
  #bind(): Promise<Socket> {
    this.#bound ??= new Promise((resolve, reject) => {
      const socket = createSocket('udp4')
      const { host = '127.0.0.1', port = 0 } = this.#options
      socket.once('error', (cause) => {
        reject(
          new TransportError('listen-failed', `udp://${host}:${port}`, cause.message, { cause }),
        )
      })
      socket.on('message', (bytes, { port, address }) => {
        this.#onDatagram(bytes, { socket, port, address })
      })
      socket.bind(port, host, () => {
        // From here on an error concerns one datagram, and datagrams may be lost.
        socket.on('error', () => undefined)
        resolve(socket)
      })
    })
    return this.#bound
  }

  async dial(
    target: DialTarget,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<Channel> {
    options.signal?.throwIfAborted()
    const { address, node } = target
    if (this.#closed !== undefined)
      throw new TransportError('closed', address, 'the transport is closed')
    const url = URL.parse(address)
    if (url?.protocol !== 'udp:' || url.port === '') {
      throw new TransportError('unreachable', address, 'an address has the form udp://host:port')
    }
    const number = randomBytes(NUMBER_BYTES).toString('latin1')
    const opening = createOpening<Channel>({
      address,
      handshakeMs: this.limits.handshakeMs,
      signal: options.signal,
      abandon: () => undefined,
    })
    this.#dials.set(number, { address, target, opening })
    const hello = datagram(KIND.hello, number, helloFrame(this.local, node))
    const say = (): void => {
      this.#bind().then(
        (socket) => post({ socket, port: Number(url.port), address: url.hostname }, hello),
        (error: unknown) => opening.fail(error),
      )
    }
    say()
    const repeating = setInterval(say, HELLO_REPEAT_MS)
    try {
      return await opening.promise
    } finally {
      clearInterval(repeating)
      this.#dials.delete(number)
    }
  }

  #onDatagram(bytes: Buffer, route: Route): void {
    if (bytes.length < HEADER_BYTES || this.#closed !== undefined) return
    const number = bytes.toString('latin1', 1, HEADER_BYTES)
    const frame = new Uint8Array(bytes.subarray(HEADER_BYTES))
    switch (bytes[0]) {
      case KIND.hello:
        this.#onHello(number, frame, route)
        break
      case KIND.answer:
        this.#onAnswer(number, frame, route)
        break
      case KIND.frame:
        this.#onFrame(number, frame, route)
        break
      case KIND.close:
        this.#finish(number, 'the other side closed the channel')
        break
      default:
    }
  }

  #onFrame(number: string, frame: Uint8Array, route: Route): void {
    const end = this.#ends.get(number)
    if (end?.mailbox.frame(frame) === false) end.end('too many unread frames')
    // Somebody still writes to a channel that is over here: the word that it ended was lost.
    if (end === undefined && !this.#dials.has(number)) post(route, datagram(KIND.close, number))
  }

  #onHello(number: string, hello: Uint8Array, route: Route): void {
    if (!this.#listening || this.#closedNumbers.has(number)) return
    const before = this.#answers.get(number)
    if (before !== undefined) {
      post(route, before)
      return
    }
    const answer = answerHello(hello, this.local)
    const reply = datagram(KIND.answer, number, answer.reply)
    post(route, reply)
    if (!answer.ok || this.#ends.size >= CHANNELS_MAX) return
    this.#answers.set(number, reply)
    const end = this.#open(number, route, { remote: answer.remote, dialed: false })
    if (this.#accept === undefined) end.channel.close('nobody takes channels here')
    else this.#accept(end.channel)
  }

  #onAnswer(number: string, answer: Uint8Array, route: Route): void {
    const dial = this.#dials.get(number)
    if (dial === undefined) {
      // Nobody waits for it any more: the acceptor must not keep its end.
      if (!this.#ends.has(number)) post(route, datagram(KIND.close, number))
      return
    }
    if (this.#ends.has(number)) return
    const read = readAnswer(answer, this.local, dial.target.node)
    if (!read.ok) {
      dial.opening.fail(new TransportError(read.code, dial.address, 'the handshake was refused'))
      return
    }
    const end = this.#open(number, route, { remote: read.remote, dialed: true })
    if (!dial.opening.open(end.channel)) end.end('the dial was given up')
  }

  #open(number: string, route: Route, other: { remote: PeerIdentity; dialed: boolean }): End {
    const { limits } = this
    const mailbox = createMailbox(limits.queuedBytesMax)
    let queuedBytes = 0
    let full = false
    let closing = false

    const onSent = (length: number): void => {
      queuedBytes -= length
      if (!full || queuedBytes > limits.queuedBytesMax) return
      full = false
      mailbox.drain()
    }
    const send = (frame: Uint8Array): SendResult => {
      const taken = frame.length > 0 && frame.length <= limits.frameBytesMax
      const bytesAfter = queuedBytes + frame.length
      if (closing || !taken || bytesAfter > 2 * limits.queuedBytesMax) return 'refused'
      queuedBytes = bytesAfter
      const bytes = datagram(KIND.frame, number, frame)
      post(route, bytes, () => onSent(frame.length))
      full ||= queuedBytes > limits.queuedBytesMax
      return full ? 'full' : 'sent'
    }
    const close = (reason: string): void => {
      if (closing) return
      closing = true
      post(route, datagram(KIND.close, number))
      setImmediate(() => this.#finish(number, reason))
    }
    const channel: Channel = {
      remote: other.remote,
      dialed: other.dialed,
      send: (frame) => (mailbox.closed ? 'refused' : send(frame)),
      receive: (events) => mailbox.receive(events),
      close: (reason = 'closed by this side') => close(reason),
    }
    const end: End = { number, channel, mailbox, end: close }
    this.#ends.set(number, end)
    return end
  }

  #finish(number: string, reason: string): void {
    const end = this.#ends.get(number)
    if (end === undefined) return
    this.#ends.delete(number)
    this.#answers.delete(number)
    this.#closedNumbers.add(number)
    for (const oldest of this.#closedNumbers) {
      if (this.#closedNumbers.size <= CLOSED_MAX) break
      this.#closedNumbers.delete(oldest)
    }
    end.mailbox.close(reason)
  }

  close(): Promise<void> {
    this.#closed ??= this.#closeAll()
    return this.#closed
  }

  async #closeAll(): Promise<void> {
    for (const { opening } of this.#dials.values()) {
      opening.fail(new TransportError('closed', 'udp:', 'the transport is closed'))
    }
    for (const end of this.#ends.values()) end.channel.close('the transport is closed')
    const socket = await this.#bound
    // Behind what was posted before, the words of goodbye among it.
    await new Promise<void>((resolve) => void setImmediate(resolve))
    if (socket !== undefined) await new Promise<void>((resolve) => void socket.close(resolve))
  }
}

function datagram(kind: number, number: string, frame: Uint8Array = new Uint8Array()): Buffer {
  return Buffer.concat([Buffer.from([kind]), Buffer.from(number, 'latin1'), frame])
}

/** A datagram that cannot be sent is a datagram that is lost. */
function post({ socket, port, address }: Route, bytes: Uint8Array, done?: () => void): void {
  try {
    socket.send(bytes, port, address, () => done?.())
  } catch {
    // The socket is closed already; the caller's end is over.
    done?.()
  }
}
