import { expect, it } from 'vitest'
import { codeOf } from './failure.ts'
import type { World } from './world.ts'

/** The two sides know each other. */
export function describeIdentity(world: () => World): void {
  it('tells both sides who the other is', async () => {
    const [a, b] = [await world().site('a'), await world().site('b')]
    const { dialer, acceptor } = await world().join(a, b)
    expect(dialer.channel.remote).toEqual(b.transport.local)
    expect(acceptor.channel.remote).toEqual(a.transport.local)
    expect([dialer.channel.dialed, acceptor.channel.dialed]).toEqual([true, false])
  })

  it('tells a client from a peer', async () => {
    const [client, peer] = [
      await world().site('client-1', { role: 'client' }),
      await world().site('b'),
    ]
    const { dialer, acceptor } = await world().join(client, peer)
    expect(acceptor.channel.remote.role).toBe('client')
    expect(dialer.channel.remote.role).toBe('peer')
  })

  it('does not let a client listen', async () => {
    const client = await world().transport('client-1', { role: 'client' })
    expect(await codeOf(client.listen())).toBe('listen-failed')
  })

  it('opens when the expected peer answers', async () => {
    const [a, b] = [await world().site('a'), await world().site('b')]
    const channel = await a.transport.dial({ address: b.address, node: 'b' })
    expect(channel.remote.node).toBe('b')
  })
}
