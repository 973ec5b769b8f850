import { deliver, type Probe, testFrame } from './probe.ts'
import type { World } from './world.ts'

/** Resolves when both ends have heard that their channel is over. */
export async function bothEnd(one: Probe, other: Probe): Promise<void> {
  await one.until('the end of one side', () => one.closes.length > 0)
  await other.until('the end of the other side', () => other.closes.length > 0)
}

/** Lets the path carry what it has: two fresh sites talk once in each direction. */
export async function roundTrip(world: World): Promise<void> {
  const [c, d] = [await world.site('c'), await world.site('d')]
  const { dialer, acceptor } = await world.join(c, d)
  const { reliable } = world.fixture.capabilities
  await deliver(dialer, acceptor, testFrame(1, 10), reliable)
  await deliver(acceptor, dialer, testFrame(2, 10), reliable)
}
