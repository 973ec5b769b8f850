/**
 * The conformance kit: what every adapter must pass. It needs the contract and vitest, nothing else.
 *
 *     describeTransport('my transport', {
 *       capabilities: { ordered: true, reliable: true },
 *       createTransport: (identity, limits) => myTransport({ identity, limits }),
 *     })
 */
import { afterEach, beforeEach, describe } from 'vitest'
import { describeCancellation } from './cancellation.ts'
import { describeEnds } from './ends.ts'
import type { TransportFixture } from './fixture.ts'
import { describeFrames } from './frames.ts'
import { describeIdentity } from './identity.ts'
import { describeKeeping } from './keeping.ts'
import { describeLinkOnTop } from './link-on-top.ts'
import { describeManyChannels } from './many-channels.ts'
import { describePressure } from './pressure.ts'
import { describeRefusals } from './refusals.ts'
import { createWorld, type World } from './world.ts'

export type { TransportCapabilities, TransportFixture } from './fixture.ts'

/** Declares the tests of an adapter. Call it at the top of a test file. */
export function describeTransport(name: string, fixture: TransportFixture): void {
  describe(name, () => {
    let world: World
    beforeEach(() => {
      world = createWorld(fixture)
    })
    afterEach(() => world.close())
    const current = (): World => world

    describe('identity', () => describeIdentity(current))
    describe('refusals', () => describeRefusals(current))
    describe('cancellation', () => describeCancellation(current))
    describe('many channels', () => describeManyChannels(current))
    describe('frames', () => describeFrames(current))
    describe('pressure', () => describePressure(current))
    describe('keeping', () => describeKeeping(current))
    describe('ends', () => describeEnds(current))
    describe('a link on top', () => describeLinkOnTop(current))
  })
}
