import { expect, it } from 'vitest'
import type { TransportErrorCode } from '../errors.ts'
import { codeOf } from './failure.ts'
import type { World } from './world.ts'

/** Who may not open a channel, and how the dialer learns it. */
export function describeRefusals(world: () => World): void {
  it('refuses a dialer of another cluster', async () => {
    const [a, b] = [await world().site('a', { cluster: 'other' }), await world().site('b')]
    expect(await codeOf(a.transport.dial({ address: b.address }))).toBe('wrong-cluster')
    expect(b.accepted).toEqual([])
  })

  it('refuses a dialer that expects another peer', async () => {
    const [a, b] = [await world().site('a'), await world().site('b')]
    expect(await codeOf(a.transport.dial({ address: b.address, node: 'c' }))).toBe('wrong-peer')
    expect(b.accepted).toEqual([])
  })

  it('says that nobody answers at an unused address', async () => {
    const { fixture } = world()
    const a = await world().site('a', { limits: { handshakeMs: 1_000 } })
    const address = (await fixture.unusedAddress?.()) ?? (await addressOfAClosedSite(world()))
    // A path that loses frames cannot tell silence from absence.
    const silent: TransportErrorCode[] = fixture.capabilities.reliable
      ? ['unreachable']
      : ['unreachable', 'handshake-timeout']
    expect(silent).toContain(await codeOf(a.transport.dial({ address })))
  })

  it('names the address in the error', async () => {
    const [a, b] = [await world().site('a'), await world().site('b')]
    const failure = a.transport.dial({ address: b.address, node: 'c' })
    await expect(failure).rejects.toMatchObject({ name: 'TransportError', address: b.address })
  })
}

async function addressOfAClosedSite(world: World): Promise<string> {
  const gone = await world.site('gone')
  await gone.transport.close()
  return gone.address
}
