/** Which names are one name, and which are not. A name is bytes, each as one character. */
import { describe, expect, test } from 'vitest'
import type { LockCall, ResourceName } from '../src/messages.ts'
import { Cluster, type Process } from './harness/cluster.ts'
import { ViewChain } from './harness/view-chain.ts'

type Request = Extract<LockCall, { readonly kind: 'request' }>

/** Two nodes with a session each, and what their requests came to. */
class Names {
  readonly #cluster: Cluster
  readonly #nodes: readonly Process[]
  readonly #outcomes = new Map<number, string>()
  #calls = 0

  constructor() {
    this.#cluster = new Cluster({
      onEvent: (_process, _session, event) => {
        if (event.kind !== 'completion') return
        const { outcome, reason = outcome } = event
        this.#outcomes.set(event.call, outcome === 'refused' ? reason : outcome)
      },
    })
    this.#nodes = [1, 2].map((id) => this.#cluster.boot(id))
    const view = new ViewChain().next(
      this.#nodes.map(({ id, serial }) => ({ id, serial })),
      true,
    )
    for (const node of this.#nodes) this.#cluster.install(node, view)
    for (const node of this.#nodes) this.#cluster.activate(node)
    this.#cluster.settle()
    for (const node of this.#nodes) {
      this.#cluster.give(node, { kind: 'session-opened', session: 1, label: `of ${node.id}` })
    }
  }

  /** Asks for a name on node 1 or 2, not to wait. The number of the lock is that of the call. */
  ask(node: 1 | 2, resource: ResourceName, options: Partial<Request> = {}): Asked {
    this.#calls += 1
    const call = this.#calls
    const how = { mode: 'EX', noQueue: true, useValue: false, notify: false } as const
    const process = this.#nodes[node - 1]
    if (process === undefined) throw new Error(`there is no node ${node}`)
    const request = { kind: 'request', call, lock: call, resource, ...how, ...options } as const
    this.#cluster.call(process, 1, request)
    this.#cluster.settle()
    return { lock: call, outcome: this.#outcomes.get(call) ?? 'nothing' }
  }

  /** The names of all locks as the masters tell them. */
  reported(): readonly ResourceName[] {
    return this.#nodes.flatMap(({ engine }) => engine.locks(1_000).map(({ resource }) => resource))
  }
}

interface Asked {
  readonly lock: number
  readonly outcome: string
}

function root(name: string, space = 's'): ResourceName {
  return { space, name }
}

/** What a second node is told that asks for the second name while the first is held. */
function secondOf(first: ResourceName, second: ResourceName): string {
  const names = new Names()
  expect(names.ask(1, first).outcome).toBe('granted')
  return names.ask(2, second).outcome
}

/** All can be held at once, and none of them twice. */
function expectAllDifferent(resources: readonly ResourceName[]): void {
  const names = new Names()
  const first = resources.map((resource) => names.ask(1, resource).outcome)
  expect(first).toEqual(resources.map(() => 'granted'))
  const second = resources.map((resource) => names.ask(2, resource).outcome)
  expect(second).toEqual(resources.map(() => 'denied'))
  expect(names.reported().map(inOrder).sort()).toEqual(resources.map(inOrder).sort())
}

function inOrder({ space, name }: ResourceName): string {
  return JSON.stringify([space, name])
}

/** The bytes of a text in UTF-8, each as one character. */
function utf8(text: string): string {
  return String.fromCharCode(...new TextEncoder().encode(text))
}

/** Every way to cut a string in two, both parts not empty. */
function cuts(whole: string): readonly ResourceName[] {
  return Array.from({ length: whole.length - 1 }, (_, place) =>
    root(whole.slice(place + 1), whole.slice(0, place + 1)),
  )
}

const bytes = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte))

test('a name is itself, from every node', () => {
  expect(secondOf(root('a'), root('a'))).toBe('denied')
  expect(secondOf(root('a'), root('b'))).toBe('granted')
})

describe('any bytes', () => {
  test('each byte is a resource name, and each is another', () => {
    expectAllDifferent(bytes.map((byte) => root(byte)))
  })

  test('each byte is a lockspace name, and each is another', () => {
    expectAllDifferent(bytes.map((byte) => root('n', byte)))
  })

  test('up to 255 of them, whatever their value', () => {
    const longest = ['\u0000', '\u00ff', 'a'].map((byte) => byte.repeat(255))
    expectAllDifferent([
      ...longest.map((name) => root(name)),
      ...longest.map((name) => root(name.slice(1))),
      ...longest.map((space) => root('n', space)),
    ])
  })

  test.each([
    root(''),
    root('n', ''),
    root('x'.repeat(256)),
    root('n', 'x'.repeat(256)),
    root('n', 'caf\u0119'),
    root('\ud800'),
  ])('%j is no name, and nothing is asked for it', (resource) => {
    const names = new Names()
    expect(names.ask(1, resource).outcome).toMatch(/name/)
    expect(names.reported()).toEqual([])
  })

  test('a character that is no byte is refused', () => {
    for (const name of ['\u0100', '\u{1f512}', 'a\u2028']) {
      expect(new Names().ask(1, root(name)).outcome).toMatch(/byte/)
    }
  })
})

describe('look-alikes', () => {
  test('case and space count', () => {
    expectAllDifferent(['a', 'A', ' a', 'a ', 'a  '].map((name) => root(name)))
  })

  test('a zero byte counts, wherever it is', () => {
    const names = ['a', 'a\u0000', 'a\u0000\u0000', '\u0000a', '\u0000', '\u0000\u0000']
    expectAllDifferent([
      ...names.map((name) => root(name)),
      ...names.map((name) => root('n', name)),
    ])
  })

  test('what text looks like does not: composed and decomposed are two names', () => {
    expect(secondOf(root(utf8('\u00e9')), root(utf8('e\u0301')))).toBe('granted')
  })

  test('a text is the name of its bytes, and not that of its characters', () => {
    expect(secondOf(root(utf8('\u00e9')), root('\u00c3\u00a9'))).toBe('denied')
    expect(secondOf(root(utf8('\u00e9')), root('\u00e9'))).toBe('granted')
  })

  test('names that programs trip over are names like others', () => {
    const names = ['__proto__', 'constructor', 'undefined', 'null', '0', '-0', '1e1', '10']
    expectAllDifferent(names.map((name) => root(name)))
  })

  test('such names for lockspaces too', () => {
    const names = ['__proto__', 'constructor', '\u0000', ' ', '/', 'a/b', '"', '\u00ff']
    expectAllDifferent(names.map((space) => root('n', space)))
  })
})

describe('between lockspace and name', () => {
  test('nothing is shifted', () => {
    expectAllDifferent(cuts('abc123'))
  })

  test('nothing is shifted, whatever the bytes', () => {
    expectAllDifferent([
      ...cuts('\u0000\u0000\u0000\u0000'),
      ...cuts('a\u0000b\u0001\u0000\u00ff'),
      ...cuts('s/n/m:1,2"3\\4'),
    ])
  })
})

describe('between a name and those below it', () => {
  /** A lock on `names[0]`, one on `names[1]` below it, and so on. The last outcome. */
  function askPath(names: Names, node: 1 | 2, path: readonly string[]): Asked {
    let asked: Asked | undefined
    for (const [level, name] of path.entries()) {
      const isLast = level === path.length - 1
      const parent = asked === undefined ? {} : { parent: asked.lock }
      asked = names.ask(node, root(name), { mode: isLast ? 'EX' : 'NL', ...parent })
      if (!isLast) expect(asked.outcome).toBe('granted')
    }
    if (asked === undefined) throw new Error('a path has at least one name')
    return asked
  }

  function expectPathsDifferent(paths: readonly (readonly string[])[]): void {
    const names = new Names()
    const first = paths.map((path) => askPath(names, 1, path).outcome)
    expect(first).toEqual(paths.map(() => 'granted'))
    const second = paths.map((path) => askPath(names, 2, path).outcome)
    expect(second).toEqual(paths.map(() => 'denied'))
  }

  test('a child is neither the root of its name nor that of its whole path', () => {
    expectPathsDifferent([
      ['x'],
      ['a', 'x'],
      ['b', 'x'],
      ['a/x'],
      ['a\u0000x'],
      ['ax'],
      ['a', 'a', 'x'],
    ])
  })

  test('nothing is shifted between parent and child', () => {
    expectPathsDifferent([
      ['a', 'bc'],
      ['ab', 'c'],
      ['a', 'b', 'c'],
      ['a\u0000', 'b'],
      ['a', '\u0000b'],
      ['a', '\u0000', 'b'],
      ['\u0001', 'a', '\u0001'],
      ['\u0001', 'a\u0001'],
    ])
  })

  test('two locks on one parent have the same children', () => {
    const names = new Names()
    const parents = [1, 2].map(() => names.ask(1, root('a'), { mode: 'NL' }))
    const outcomes = parents.map(
      ({ lock }) => names.ask(1, root('x'), { parent: lock, alone: true }).outcome,
    )
    expect(outcomes).toEqual(['granted', 'denied'])
    expect(names.ask(1, root('x'), { alone: true }).outcome).toBe('granted')
  })

  test('a report names those above it, root first', () => {
    const names = new Names()
    askPath(names, 1, ['a', '\u0000', 'x'])
    const paths = names.reported().map(({ path = [], name }) => [...path, name])
    expect(paths.sort()).toEqual([['a'], ['a', '\u0000'], ['a', '\u0000', 'x']])
  })
})
