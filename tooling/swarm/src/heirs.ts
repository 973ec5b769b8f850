/** In the end somebody has to take over what was left behind, or it would block others for ever. */
import type { HeldReport } from '@holdfast/lock-engine'
import type { ResourceName } from '@holdfast/lock-engine/messages'
import { Violation } from './checkers/checker.ts'
import type { Workload } from './client/behaviours/workload.ts'
import type { AdoptOptions, Client, ClientLock } from './client/contract.ts'
import { isWitness } from './conditions.ts'
import { pathKey } from './path-key.ts'
import { within } from './within.ts'
import type { World } from './world.ts'

/** How often it looks whether there is something to take over. */
const LOOK_MS = 50

/** From now on every orphan finds an heir, who gives it up. Returns how to end that. */
export function adoptOrphans(world: World): () => void {
  const node = world.nodes.find((candidate) => !isWitness(world, candidate))
  if (node === undefined) return () => undefined
  const heir = new Heir(world)
  const client = world.visit(node, 'heir', heir)
  within(
    world,
    world.options.boundMs,
    () => (client.trusted ? undefined : node.name),
    (name) => new Violation('service-returns', `no session was opened at ${name} after all healed`),
  )
  return () => {
    heir.stop()
    client.close()
  }
}

class Heir implements Workload {
  readonly #world: World
  #stopped = false

  constructor(world: World) {
    this.#world = world
  }

  onOpened(client: Client): void {
    this.#look(client)
  }

  /** One at a time: the deepest first, since locks above an orphan may be orphans too. */
  #look(client: Client): void {
    if (this.#stopped) return
    const [orphan] = this.#orphans()
    if (orphan === undefined || client.locks.size > 0)
      client.later(LOOK_MS, () => this.#look(client))
    else this.#reach(client, orphan, undefined)
  }

  #orphans(): readonly HeldReport[] {
    const held = this.#world.nodes.flatMap(({ machine }) => machine?.engine.held() ?? [])
    const orphans = held.filter(({ orphan, unlocking }) => orphan && !unlocking)
    return orphans.sort((a, b) => depthOf(b.resource) - depthOf(a.resource))
  }

  /** Goes down the path of the orphan, with locks that are in nobody's way. */
  #reach(client: Client, orphan: HeldReport, parent: ClientLock | undefined): void {
    const { space, name, path = [] } = orphan.resource
    const level = parent === undefined ? 0 : depthOf(parent.resource) + 1
    const next = path[level]
    const above = parent === undefined ? {} : { parent }
    const owner = orphan.owner === undefined ? {} : { owner: orphan.owner }
    if (next === undefined) {
      const of: AdoptOptions = {
        resource: { space, name },
        mode: orphan.granted ?? 'NL',
        useValue: false,
        notify: false,
        ...above,
        ...owner,
      }
      client.adopt(of)
      return
    }
    this.#wanted = { key: pathKey(orphan.resource), orphan }
    client.request({
      resource: { space, name: next },
      mode: 'NL',
      noQueue: false,
      expedite: true,
      useValue: false,
      notify: false,
      ...above,
      ...owner,
    })
  }

  #wanted: { readonly key: string; readonly orphan: HeldReport } | undefined

  onGranted(client: Client, lock: ClientLock): void {
    const wanted = this.#wanted
    if (wanted !== undefined && wanted.key.startsWith(`${pathKey(lock.resource)}/`)) {
      this.#reach(client, wanted.orphan, lock)
    } else this.#giveUp(client)
  }

  onDenied(client: Client): void {
    this.#giveUp(client)
  }

  #giveUp(client: Client): void {
    this.#wanted = undefined
    for (const lock of client.locks.values()) {
      if (lock.parent === undefined && !lock.unlocking) client.unlock(lock, { subtree: 'with' })
    }
    client.later(LOOK_MS, () => this.#look(client))
  }

  onBlocking(): void {
    // It gives everything up at once.
  }

  onEnded(client: Client): void {
    if (!this.#stopped) this.#world.redial(client)
  }

  settle(): void {
    // It has nothing that lasts.
  }

  stop(): void {
    this.#stopped = true
  }
}

function depthOf({ path = [] }: ResourceName): number {
  return path.length
}
