/**
 * Plays a scenario: a text of commands, each followed by what the sessions hear (indented). Gives the
 * same text back with what they heard in this run. What one command causes is told lock by lock, in
 * the order in which the locks were asked for, so that it does not depend on the order between pairs
 * of nodes; what a command before `settle` causes at once is told there, so that it does not depend on
 * who happens to be the master.
 *
 *   nodes N                  N nodes in an active view; must come first
 *   index NAME NODE [LATER]  NAME stands for a name that NODE indexes in that view, and LATER when
 *                            the node with the highest number has gone
 *   session NAME NODE
 *   request SESSION LOCK NAME MODE [noqueue] [value] [notify]
 *   convert LOCK MODE [noqueue] [fair] [value] [value=TEXT]
 *   unlock LOCK [value=TEXT] [invalidate]
 *   cancel LOCK
 *   close SESSION
 *   settle                   deliver all that can be delivered
 *   deliver FROM>TO [N]      deliver the next N (1) between two nodes
 *   under-way FROM>TO        tell the kinds of what is under way
 *   pass MS                  let time pass, deliver everything, keep every deadline
 *   tick MS                  let time pass, keep deadlines that are over, deliver nothing
 *   boot NODE                start it (again); it is in the next view
 *   halt NODE [lose]         it is dead; with lose, what it sent last is lost
 *   cut NODE                 it lives and reaches nobody
 *   view [leaving=N,..] [without=N,..] [unsettled]    agree on the next view
 *   install [NODE ..]        install it, everywhere or there
 *   activate [NODE ..]       it is active
 *   change [..]              view, install, activate and settle
 */
import type { NodeId } from '@holdfast/primitives'
import { InvariantViolation, invariant } from '@holdfast/primitives'
import type { LockMode, SessionEvent } from '../../src/messages.ts'
import { nameIndexedBy } from './directory-node.ts'
import type { View } from './view-chain.ts'
import type { Completion, Held, Session, ViewOptions } from './world.ts'
import { bytesOf, textOf, World } from './world.ts'

interface Stage {
  world: World
  nodes: number
  view: View | undefined
  readonly names: Map<string, string>
  readonly sessions: Map<string, Session>
  readonly locks: Map<string, Held>
  readonly resourceOf: Map<Held, string>
  readonly topTokens: Map<string, bigint>
  /** What was heard since the last command, by lock. */
  readonly heard: { readonly held: Held; readonly line: string }[]
  extra: string[]
}

type Command = (stage: Stage, words: readonly string[], flags: Flags) => void

export function playTranscript(text: string): string {
  const stage: Stage = {
    world: new World(),
    nodes: 0,
    view: undefined,
    names: new Map(),
    sessions: new Map(),
    locks: new Map(),
    resourceOf: new Map(),
    topTokens: new Map(),
    heard: [],
    extra: [],
  }
  const lines = text.split('\n').filter((line) => !line.startsWith('  '))
  return lines
    .flatMap((line, index) => {
      play(stage, line)
      return [line, ...(lines[index + 1] === 'settle' ? [] : narrate(stage))]
    })
    .join('\n')
}

function play(stage: Stage, line: string): void {
  if (line === '' || line.startsWith('#')) return
  const [verb = '', ...rest] = line.split(' ')
  const command = commands[verb]
  if (command === undefined) throw new Error(`no such command: ${line}`)
  try {
    command(
      stage,
      rest.filter((word) => !isFlag(word)),
      new Flags(rest),
    )
    for (const { engine, state } of stage.world.cluster.processes) {
      if (state !== 'halted') engine.checkInvariants()
    }
  } catch (error) {
    if (error instanceof InvariantViolation) {
      throw new Error(`${line}: ${error.message}`, { cause: error })
    }
    throw error
  }
}

function narrate(stage: Stage): readonly string[] {
  const order = [...stage.locks.values()]
  const lines = stage.heard
    .map(({ held, line: said }) => ({ place: order.indexOf(held), said }))
    .sort((a, b) => a.place - b.place)
    .map(({ said }) => `  ${said}`)
  const all = [...stage.extra.map((said) => `  ${said}`), ...lines]
  stage.heard.length = 0
  stage.extra = []
  return all
}

const flagWords = new Set(['noqueue', 'value', 'notify', 'fair', 'invalidate', 'lose', 'unsettled'])

function isFlag(word: string): boolean {
  return flagWords.has(word) || word.includes('=')
}

class Flags {
  readonly #words: readonly string[]

  constructor(words: readonly string[]) {
    this.#words = words
  }

  has(name: string): boolean {
    return this.#words.includes(name) || this.text(name) !== undefined
  }

  text(name: string): string | undefined {
    return this.#words.find((word) => word.startsWith(`${name}=`))?.slice(name.length + 1)
  }

  nodes(name: string): readonly NodeId[] {
    return (this.text(name) ?? '').split(',').filter(Boolean).map(Number)
  }

  value(): { value?: Uint8Array } {
    const text = this.text('value')
    return text === undefined ? {} : { value: bytesOf(text) }
  }
}

const commands: Readonly<Record<string, Command>> = {
  nodes(stage, [count]) {
    stage.nodes = Number(count)
    stage.world = new World({
      nodes: stage.nodes,
      onEvent: (process, session, event) => hear(stage, process.id, session, event),
    })
    stage.view = stage.world.chain.views.at(-1)
  },
  index({ names, nodes }, [name = '', node, later]) {
    const afterwards = later === undefined ? undefined : Number(later)
    names.set(name, nameIndexedBy(Number(node), nodes, afterwards))
  },
  session({ world, sessions }, [name = '', node]) {
    sessions.set(name, world.session(Number(node)))
  },
  request(stage, [owner = '', name = '', resource = '', mode], flags) {
    const { world, sessions, names } = stage
    const session = sessions.get(owner)
    invariant(session !== undefined, `there is no session ${owner}`)
    const held: Held = {
      session,
      number: session.locks.size + 1,
      completions: [],
      blocking: [],
    }
    stage.locks.set(name, held)
    stage.resourceOf.set(held, resource)
    // The lock is known before it is asked for: its first event may come at once.
    const asked = world.request(session, names.get(resource) ?? resource, mode as LockMode, {
      noQueue: flags.has('noqueue'),
      useValue: flags.has('value'),
      notify: flags.has('notify'),
    })
    invariant(asked.number === held.number, 'locks are numbered in order')
    stage.locks.set(name, asked)
    stage.resourceOf.set(asked, resource)
    for (const heard of stage.heard) if (heard.held === held) Object.assign(heard, { held: asked })
  },
  convert(stage, [name = '', mode], flags) {
    stage.world.convert(lockOf(stage, name), mode as LockMode, {
      noQueue: flags.has('noqueue'),
      queueFair: flags.has('fair'),
      useValue: flags.has('value'),
      ...flags.value(),
    })
  },
  unlock(stage, [name = ''], flags) {
    const invalidate = flags.has('invalidate') ? { invalidate: true } : {}
    stage.world.unlock(lockOf(stage, name), { ...flags.value(), ...invalidate })
  },
  cancel: (stage, [name = '']) => stage.world.cancel(lockOf(stage, name)),
  close({ world, sessions }, [name = '']) {
    const session = sessions.get(name)
    invariant(session !== undefined, `there is no session ${name}`)
    world.close(session)
  },
  settle: ({ world }) => world.settle(),
  deliver({ world }, [pair = '', count = '1']) {
    const [from, to] = pair.split('>').map(Number)
    for (let left = Number(count); left > 0; left -= 1) {
      const was = world.cluster.deliverOne((a, b) => a.id === from && b.id === to)
      invariant(was, `nothing can be delivered from ${from} to ${to}`)
    }
  },
  'under-way'(stage, [pair = '']) {
    const [from = 0, to = 0] = pair.split('>').map(Number)
    const kinds = stage.world.cluster
      .underWay(from, to)
      .map((message) => (message as { kind: string }).kind)
    stage.extra = [kinds.join(', ') || 'nothing']
  },
  pass: ({ world }, [ms]) => world.cluster.pass(Number(ms)),
  tick({ world }, [ms]) {
    const { cluster } = world
    cluster.now += Number(ms)
    for (const process of cluster.processes) {
      const at = process.state === 'halted' ? undefined : process.engine.deadline()
      if (at !== undefined && at <= cluster.now) cluster.give(process, { kind: 'tick' })
    }
  },
  boot: ({ world }, [node]) => void world.boot(Number(node)),
  halt({ world }, [node], flags) {
    if (flags.has('lose')) world.cluster.halt(world.node(Number(node)), { lose: true })
    world.halt(Number(node))
  },
  cut: ({ world }, [node]) => world.cluster.cut(world.node(Number(node))),
  view(stage, _words, flags) {
    stage.view = stage.world.propose(viewOptionsOf(flags))
  },
  install: (stage, words) => eachMember(stage, words, 'install'),
  activate: (stage, words) => eachMember(stage, words, 'activate'),
  change(stage, _words, flags) {
    stage.view = stage.world.changeView(viewOptionsOf(flags))
  },
}

function viewOptionsOf(flags: Flags): ViewOptions {
  return {
    leaving: flags.nodes('leaving'),
    without: flags.nodes('without'),
    knowsLastActive: !flags.has('unsettled'),
  }
}

function eachMember(stage: Stage, words: readonly string[], deed: 'install' | 'activate'): void {
  const { world, view } = stage
  invariant(view !== undefined, 'there is no view')
  const { processes } = world.cluster
  const serials = view.members.map(({ serial }) => serial)
  const strays = processes.filter(
    ({ serial, state }) => !serials.includes(serial) && state !== 'halted',
  )
  invariant(deed === 'install' || strays.length === 0, 'a view is active when all others stopped')
  for (const { serial, id } of view.members) {
    const process = processes[serial - 1]
    if (process === undefined || (words.length > 0 && !words.includes(String(id)))) continue
    if (deed === 'install') world.cluster.install(process, view)
    else if (process.view === view) world.cluster.activate(process)
  }
}

function lockOf(stage: Stage, name: string): Held {
  const held = stage.locks.get(name)
  invariant(held !== undefined, `there is no lock ${name}`)
  return held
}

/** Locks by session and number: an event may come while the request is still being made. */
function hear(stage: Stage, node: NodeId, number: number, event: SessionEvent): void {
  if (event.kind !== 'completion' && event.kind !== 'blocking') return
  const found = [...stage.locks].find(
    ([, { session, number: lock }]) => session.number === number && lock === event.lock,
  )
  invariant(found !== undefined, `an event for a lock that nobody has, on node ${node}`)
  const [name, held] = found
  const said = event.kind === 'blocking' ? `blocks ${event.mode}` : inWords(event)
  stage.heard.push({ held, line: `${name} ${said}` })
  if (event.kind === 'completion') checkToken(stage, held, event)
}

function checkToken(stage: Stage, held: Held, { outcome, token, mode }: Completion): void {
  const resource = stage.resourceOf.get(held)
  if (outcome !== 'granted' || token === undefined || resource === undefined) return
  const top = stage.topTokens.get(resource) ?? -1n
  const own = held.completions.filter((one) => one.token !== undefined).at(-2)?.token
  const isFresh = token > top || token === own
  if (!isFresh) throw new Error(`${resource}: token ${token} with ${mode} after ${top}`)
  if (token > top) stage.topTokens.set(resource, token)
}

function inWords({ outcome, mode, value }: Completion): string {
  const said = outcome === 'granted' ? `granted ${mode}` : outcome
  const holds = outcome !== 'granted' && mode !== undefined ? `, holds ${mode}` : ''
  const validity = value?.valid === false ? ' not valid' : ''
  const bytes = value === undefined ? '' : `, value "${textOf(value.bytes)}"${validity}`
  return `${said}${holds}${bytes}`
}
