import { Violation } from './checkers/checker.ts'
import type { Workload } from './client/behaviours/workload.ts'
import type { Client, ClientBehaviour, ClientLock } from './client/contract.ts'
import { isWitness } from './conditions.ts'
import { within } from './within.ts'
import type { World } from './world.ts'

/** At each node that holds locks, a fresh client gets a fresh lock, within the bound. */
export function askForService(world: World): void {
  const locking = world.nodes.filter((node) => !isWitness(world, node))
  const probes = locking.map((node) => {
    const probe = createProbe(world, `probe at ${node.name}`)
    const client = world.visit(node, probe.name, probe)
    return { node, probe, client }
  })
  const missing = (): string | undefined => probes.find(({ probe }) => !probe.served)?.node.name
  within(
    world,
    world.options.boundMs,
    missing,
    (node) =>
      new Violation('service-returns', `a fresh lock was not granted at ${node} after all healed`),
  )
  for (const { client } of probes) client.close()
}

interface Probe extends Workload {
  readonly name: string
  readonly served: boolean
}

function createProbe(world: World, name: string): Probe {
  let served = false
  const ask = (client: Client): void =>
    void client.request({
      resource: { space: 'probe', name },
      mode: 'EX',
      noQueue: false,
      useValue: false,
      notify: false,
    })
  const behaviour: ClientBehaviour = {
    onOpened: ask,
    onGranted(client, lock: ClientLock) {
      served = true
      client.unlock(lock, {})
    },
    onBlocking: () => undefined,
    // A node that is leaving refuses; it comes back as another start.
    onDenied: (client) => client.later(50, () => ask(client)),
    onEnded(client) {
      if (!served) world.redial(client)
    },
  }
  return {
    ...behaviour,
    name,
    settle: () => undefined,
    stop: () => undefined,
    get served(): boolean {
      return served
    },
  }
}
