/** Plays a check in one of its runs. */
import { invariant } from '@holdfast/primitives'
import type { LockMode } from '../../src/messages.ts'
import { adoptOf, convertOf, openOf, requestOf, unlockOf } from './calls.ts'
import type { Check, Step } from './language.ts'
import { recoveryLine } from './language.ts'
import { namesIndexedBy } from './names.ts'
import type { Run } from './runs.ts'
import { isInRun } from './runs.ts'
import type { Lock, Seat } from './stage.ts'
import { Stage } from './stage.ts'

/** The text as it must be in this run, and as it was. */
export interface Played {
  readonly expected: string
  readonly heard: string
}

export function play(check: Check, run: Run): Played {
  const steps = withRecovery(check.steps, run)
  const player = new Player(check, run)
  const heard = steps.flatMap((step) => [step.line, ...player.play(step)])
  player.end()
  const expected = steps.flatMap(({ line, expected: said }) => [
    line,
    ...said.filter(({ tag }) => tag === undefined || isInRun(tag, run)).map(indented),
  ])
  return { expected: expected.join('\n'), heard: heard.join('\n') }
}

function indented({ text }: { readonly text: string }): string {
  return `  ${text}`
}

/** The steps with a recovery in them, if the run wants one: before the last third of the calls. */
function withRecovery(steps: readonly Step[], { dies, leaves }: Run): readonly Step[] {
  const isSet = steps.some(({ verb }) => verb === 'recovery')
  if (isSet || (dies === undefined && leaves === undefined)) return steps
  const calls = steps.filter(({ verb }) => verb !== 'session' && verb !== 'no')
  const before = calls[Math.floor((calls.length * 2) / 3)]
  const at = before === undefined ? steps.length : steps.indexOf(before)
  const recovery = { line: recoveryLine, verb: 'recovery', words: [], flags: new Map() }
  return [...steps.slice(0, at), { ...recovery, isOpen: false, expected: [] }, ...steps.slice(at)]
}

class Player {
  readonly #run: Run
  readonly #stage: Stage
  readonly #anchors: Seat | undefined
  readonly #hasAnchors: boolean
  /** What the resources of the text are called in this run. */
  readonly #names = new Map<string, string>()
  readonly #anchored = new Set<string>()
  readonly #nodes: number
  #apart = 0

  constructor({ steps }: Check, run: Run) {
    this.#run = run
    this.#hasAnchors = !steps.some(({ verb }) => verb === 'no')
    const apart = steps.filter(({ verb, words }) => verb === 'session' && words[1] === 'apart')
    this.#nodes = run.nodes + apart.length
    this.#stage = new Stage(this.#nodes, { seed: run.name })
    if (run.anchor !== undefined) this.#anchors = this.#stage.open('anchors', run.anchor)
  }

  /** What the sessions hear of it. */
  play(step: Step): readonly string[] {
    const { verb, line } = step
    try {
      this.#commands[verb]?.(step)
      invariant(verb in this.#commands, 'no such command')
      if (!step.isOpen) this.#stage.settle()
    } catch (error) {
      throw new Error(`${line}: ${(error as Error).message}`, { cause: error })
    }
    if (step.isOpen) return []
    // A new master does not know what the old one told: it may say it again.
    const heard = this.#stage.takeHeard(
      ({ seat, isRepeated }) => seat !== this.#anchors && !(verb === 'recovery' && isRepeated),
    )
    return heard.map((text) => indented({ text }))
  }

  /** When all have gone and enough time has passed, nothing is left anywhere. */
  end(): void {
    const node = this.#stage.seats.find(({ process }) => process.state === 'up')?.process.id
    const purger = this.#stage.open('purger', node ?? 1)
    for (const seat of this.#stage.seats)
      if (seat.isOpen && seat !== purger) this.#stage.close(seat)
    this.#stage.settle()
    this.#stage.call(purger, { kind: 'purge' })
    this.#stage.pass(60_000)
    for (const { engine, id, state } of this.#stage.cluster.processes) {
      invariant(state !== 'up' || engine.idle, `node ${id} keeps something: ${engine.describe()}`)
    }
  }

  readonly #commands: Readonly<Record<string, (step: Step) => void>> = {
    no: ({ line }) => invariant(line === 'no anchor', 'no what?'),
    session: ({ words: [name = '', place] }) => {
      const { homes, nodes } = this.#run
      const atHome = this.#stage.seats.filter(({ process }) => homes.includes(process.id)).length
      if (place === 'apart') this.#apart += 1
      const home = homes[atHome % homes.length] ?? 1
      this.#stage.open(name, place === 'apart' ? nodes + this.#apart : home)
    },
    request: ({ words: [owner = '', name = '', resource = '', mode], flags }) => {
      const seat = this.#seat(owner)
      const parent = this.#parent(flags)
      const isRoot = parent === undefined && !flags.has('space')
      const anchor = isRoot ? this.#anchor(resource) : undefined
      const actual = this.#actual(resource)
      const path = pathOf(parent, actual, flags)
      const lock = this.#stage.add(seat, { name, path, owner: flags.get('owner') })
      const numbers = { lock: lock.number, parent: parent?.number }
      this.#stage.call(seat, requestOf(actual, mode as LockMode, numbers, flags))
      if (anchor !== undefined && !this.#hasAnchors) this.#drop(anchor)
    },
    adopt: ({ words: [owner = '', name = '', resource = '', mode], flags }) => {
      const seat = this.#seat(owner)
      const parent = this.#parent(flags)
      const actual = this.#actual(resource)
      const path = pathOf(parent, actual, flags)
      const lock = this.#stage.add(seat, { name, path, owner: flags.get('owner') })
      const numbers = { lock: lock.number, parent: parent?.number }
      this.#stage.call(seat, adoptOf(actual, mode as LockMode, numbers, flags))
    },
    convert: ({ words: [name = '', mode], flags }) => {
      const lock = this.#lock(name)
      if (flags.has('demote')) lock.mayBeDemoted = true
      this.#stage.call(lock.seat, convertOf(mode as LockMode, lock.number, flags))
    },
    unlock: ({ words: [name = ''], flags }) => {
      const { seat, number } = this.#lock(name)
      this.#stage.call(seat, unlockOf(number, flags))
    },
    cancel: ({ words: [name = ''], flags }) => {
      const { seat, number } = this.#lock(name)
      const subtree = flags.has('subtree') ? { subtree: true } : {}
      this.#stage.call(seat, { kind: 'cancel', lock: number, ...subtree })
    },
    purge: ({ words: [name = ''], flags }) => {
      const other = flags.get('node-of')
      const node = other === undefined ? {} : { node: this.#seat(other).process.id }
      this.#stage.call(this.#seat(name), { kind: 'purge', ...node })
    },
    open: ({ words: [name = '', space = ''], flags }) => {
      this.#stage.call(this.#seat(name), openOf(space, flags))
    },
    leave: ({ words: [name = '', space = '', force] }) => {
      const how = force as 'unused' | 'idle' | 'discard'
      this.#stage.call(this.#seat(name), { kind: 'leave-space', space, force: how })
    },
    close: ({ words: [name = ''] }) => this.#stage.close(this.#seat(name)),
    kill: ({ words: [name = ''] }) => this.#stage.kill(this.#seat(name).process.id),
    pass: ({ words: [ms] }) => this.#stage.pass(Number(ms)),
    recovery: () => {
      const { dies, leaves } = this.#run
      if (dies !== undefined) this.#stage.kill(dies)
      if (leaves !== undefined) this.#stage.leave(leaves)
    },
  }

  /** The first lock on a resource of the text, on the node that is to be its master. */
  #anchor(resource: string): Lock | undefined {
    const seat = this.#anchors
    if (seat === undefined || !seat.isOpen || this.#anchored.has(resource)) return undefined
    this.#anchored.add(resource)
    const name = this.#actual(resource)
    const lock = this.#stage.add(seat, { name: 'anchor', path: ['test', name], owner: undefined })
    this.#stage.call(seat, requestOf(name, 'NL', { lock: lock.number }, new Map()))
    this.#stage.settle()
    this.#stage.takeHeard()
    return lock
  }

  #drop({ seat, number }: Lock): void {
    this.#stage.settle()
    this.#stage.call(seat, { kind: 'unlock', lock: number })
    this.#stage.settle()
  }

  /** Each resource of the text stands for a name with a certain directory node. */
  #actual(resource: string): string {
    const { directory } = this.#run
    const free = namesIndexedBy(directory, this.#nodes)[this.#names.size]
    const name = this.#names.get(resource) ?? free
    invariant(name !== undefined, 'too many resources in one check')
    this.#names.set(resource, name)
    return name
  }

  #parent(flags: ReadonlyMap<string, string>): Lock | undefined {
    const name = flags.get('parent')
    return name === undefined ? undefined : this.#lock(name)
  }

  #seat(name: string): Seat {
    const seat = this.#stage.seats.find((one) => one.name === name)
    invariant(seat !== undefined, `there is no session ${name}`)
    return seat
  }

  #lock(name: string): Lock {
    const lock = this.#stage.locks.find((one) => one.name === name)
    invariant(lock !== undefined, `there is no lock ${name}`)
    return lock
  }
}

/** Names in other lockspaces are other names. */
function pathOf(parent: Lock | undefined, name: string, flags: Step['flags']): readonly string[] {
  if (parent !== undefined) return [...parent.path, name]
  return [flags.get('space') ?? 'test', name]
}
