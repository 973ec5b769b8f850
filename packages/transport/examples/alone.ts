import { createPacketCodec, type PeerIdentity } from '@holdfast/transport'
import { createLink } from '@holdfast/transport/link'
import { createMemoryNetwork } from '@holdfast/transport/memory'

/** Sends two words from one process to another; resolves to what arrived, and from whom. */
export async function talk(words: readonly string[]): Promise<string> {
  const network = createMemoryNetwork()
  const identity = (node: string, incarnation: string): PeerIdentity => {
    return { cluster: 'demo', node, incarnation, role: 'peer' }
  }
  const a = network.transport(identity('a', '000000000000000a'))
  const b = network.transport(identity('b', '000000000000000b'))
  const codec = createPacketCodec()

  const heard = new Promise<string>((resolve) => {
    b.onChannel((channel) => {
      const link = createLink()
      const taken: unknown[] = []
      channel.receive({
        onFrame(frame) {
          const decoded = codec.decode(frame)
          if (!decoded.ok || decoded.value.link === undefined) return
          link.receive(decoded.value.link, performance.now())
          for (let next = link.peek(); next !== undefined; next = link.peek()) {
            taken.push(next.message)
            link.consume()
          }
          if (taken.length === words.length) resolve(`${channel.remote.node}: ${taken.join(' ')}`)
        },
        onClose: () => undefined,
      })
    })
  })

  const channel = await a.dial({ address: await b.listen(), node: 'b' })
  const link = createLink()
  for (const word of words) link.push(1, word)
  const segment = link.flush(performance.now())
  if (segment !== undefined) {
    for (const frame of codec.encode({ datagrams: [], link: segment }).frames) channel.send(frame)
  }
  const result = await heard
  await Promise.all([a.close(), b.close()])
  return result
}
