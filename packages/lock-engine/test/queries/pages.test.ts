import { createRandom } from '@holdfast/primitives'
import { describe, expect, test } from 'vitest'
import type { LockFilter, LockReport } from '../../src/messages.ts'
import { nameIndexedBy } from '../harness/directory-node.ts'
import { type Answer, type Held, type Session, World } from '../harness/world.ts'

type Report = Extract<Answer, { kind: 'report' }>

function answerOf(world: World, session: Session, call: number): Answer {
  world.settle()
  const answer = session.answers.get(call)
  if (answer === undefined) throw new Error(`call ${call} has no answer`)
  return answer
}

function page(world: World, session: Session, query: Parameters<World['query']>[1]): Report {
  const answer = answerOf(world, session, world.query(session, query))
  if (answer.kind !== 'report') throw new Error(JSON.stringify(answer))
  return answer
}

/** All pages, with something done before each. */
function pagesOf(
  world: World,
  session: Session,
  { limit, filter = {} }: { readonly limit?: number; readonly filter?: LockFilter },
  between: () => void = () => undefined,
): readonly (readonly LockReport[])[] {
  const pages: (readonly LockReport[])[] = []
  let after: string | undefined
  do {
    between()
    const size = limit === undefined ? {} : { limit }
    const { locks = [], next } = page(world, session, { filter, ...size, ...(after && { after }) })
    pages.push(locks)
    after = next
  } while (after !== undefined)
  return pages
}

const nameOf = ({ node, session, lock }: LockReport): string => `${node}/${session}#${lock}`
const heldName = ({ session, number }: Held): string =>
  `n${session.process.id}/${session.number}#${number}`

describe('pages over three nodes', () => {
  test('of five thousand locks, while locks come and go, tell each that stays exactly once', () => {
    const world = new World({ nodes: 3 })
    const random = createRandom('pages')
    const sessions = [1, 2, 3].map((node) => world.session(node))
    const take = (): Held => {
      const mode = random.pick(['NL', 'CR'] as const)
      return world.request(random.pick(sessions), `r${random.below(1_500)}`, mode)
    }
    const locks = Array.from({ length: 5_000 }, take)
    world.settle()
    const gone = new Set<string>()
    let comers = 0
    const between = (): void => {
      for (let count = 0; count < 150; count += 1) {
        const lock = random.pick(locks)
        if (gone.has(heldName(lock))) continue
        if (random.chance(1, 2)) {
          world.unlock(lock)
          gone.add(heldName(lock))
        } else world.convert(lock, random.pick(['NL', 'CR', 'PR']), { noQueue: true })
        take()
        comers += 1
      }
    }
    const pages = pagesOf(world, sessions[1] as Session, { limit: 300 }, between)
    const seen = pages.flat().map(nameOf)
    const stayed = locks.map(heldName).filter((name) => !gone.has(name))
    expect(gone.size).toBeGreaterThan(500)
    expect(comers).toBeGreaterThan(1_000)
    expect(new Set(seen).size).toBe(seen.length)
    const told = new Set(seen)
    expect(stayed.filter((name) => !told.has(name))).toEqual([])
    expect(pages.slice(0, -1).every(({ length }) => length === 300)).toBe(true)
  })

  test('are full but for the last one, and cut on what fits into a frame between nodes', () => {
    const told: number[] = []
    const world = new World({
      nodes: 2,
      onSend: (_from, _to, message) => {
        const { kind, locks = [] } = message as { kind: string; locks?: readonly unknown[] }
        if (kind === 'query-told') told.push(locks.length)
      },
    })
    const session = world.session(1)
    for (let count = 0; count < 1_200; count += 1) {
      world.request(session, `${count}`.padEnd(200, 'x'), 'NL')
    }
    world.settle()
    const other = world.session(2)
    expect(pagesOf(world, other, {}).map(({ length }) => length)).toEqual([1_000, 200])
    // At most 40,000 bytes each, of 300 and more for one lock.
    expect(Math.max(...told)).toBeLessThan(100)
    expect(Math.min(...told.slice(0, -1))).toBeGreaterThan(10)
  })

  test('have the locks of one resource in the order of its queues, whatever is on it', () => {
    const world = new World({ nodes: 2 })
    const name = nameIndexedBy(1, 2)
    const holder = world.session(1)
    world.request(holder, name, 'EX')
    const session = world.session(2)
    for (let count = 0; count < 20; count += 1) world.request(session, name, 'EX')
    world.settle()
    const filter = { resource: { space: 'test', name } }
    const pages = pagesOf(world, session, { limit: 6, filter })
    expect(pages.map(({ length }) => length)).toEqual([6, 6, 6, 3])
    const places = pages.flat().map(({ position }) => position)
    expect(places).toEqual([undefined, ...Array.from({ length: 20 }, (_, place) => place)])
  })

  test.each(['its name', 'a scan'])(
    'found by %s leave out what goes before its turn, and nothing else, though queues change',
    (by) => {
      const world = new World({ nodes: 2 })
      const random = createRandom(by)
      const name = nameIndexedBy(1, 2)
      const session = world.session(1)
      const locks = Array.from({ length: 200 }, () => world.request(session, name, 'CR'))
      world.settle()
      const gone = new Map<string, number>()
      const told: string[] = []
      const between = (): void => {
        for (const lock of locks) {
          if (gone.has(heldName(lock)) || !random.chance(1, 8)) continue
          if (random.chance(1, 2)) {
            world.unlock(lock)
            gone.set(heldName(lock), told.length)
          } else world.convert(lock, random.pick(['CR', 'EX', 'NL']), { anyOrder: true })
        }
      }
      const filter = by === 'a scan' ? {} : { resource: { space: 'test', name } }
      let after: string | undefined
      do {
        const query = { filter, limit: 9, ...(after && { after }) }
        const report = page(world, world.sessions[0] as Session, query)
        told.push(...(report.locks ?? []).map(nameOf))
        after = report.next
        between()
      } while (after !== undefined)
      expect(new Set(told).size).toBe(told.length)
      const stayed = locks.map(heldName).filter((one) => !gone.has(one))
      expect(stayed.filter((one) => !told.includes(one))).toEqual([])
      const late = [...gone].filter(([one, at]) => told.indexOf(one) >= at)
      expect(late).toEqual([])
      expect(gone.size).toBeGreaterThan(50)
    },
  )

  test('have 1 to 1,000 locks', () => {
    const world = new World({ nodes: 1 })
    const session = world.session(1)
    for (const limit of [0, 1_001, 1.5, -1, Number.NaN]) {
      const answer = answerOf(world, session, world.query(session, { limit }))
      expect(answer).toMatchObject({
        kind: 'refused',
        reason: expect.stringContaining('1 to 1000'),
      })
    }
  })
})

describe('a scan', () => {
  function threeHundred(limits = {}): { world: World; session: Session } {
    const world = new World({ nodes: 2, limits })
    const session = world.session(1)
    for (let count = 0; count < 300; count += 1) world.request(session, `r${count}`, 'NL')
    world.settle()
    return { world, session: world.session(2) }
  }

  test('is refused to go on twice from one place', () => {
    const { world, session } = threeHundred()
    const { next: after = '' } = page(world, session, { limit: 10 })
    expect(page(world, session, { limit: 10, after }).locks).toHaveLength(10)
    const again = answerOf(world, session, world.query(session, { limit: 10, after }))
    expect(again).toMatchObject({ kind: 'refused', reason: expect.stringContaining('begin again') })
  })

  test('is given up, the one unused for the longest time first, when there are too many', () => {
    const { world, session } = threeHundred({ scansMax: 3 })
    const begin = (): string => page(world, session, { limit: 10 }).next ?? ''
    const goOn = (after: string): Answer =>
      answerOf(world, session, world.query(session, { limit: 10, after }))
    const [a, b, c] = [begin(), begin(), begin()]
    const later = goOn(a) as Report
    begin()
    expect(goOn(b)).toMatchObject({ kind: 'refused', reason: expect.stringContaining('given') })
    expect(goOn(c)).toMatchObject({ kind: 'report' })
    expect(goOn(later.next ?? '')).toMatchObject({ kind: 'report' })
  })

  test('looks at so many locks in one turn, and goes on in the next', () => {
    const { world, session } = threeHundred({ queryLookMax: 50 })
    const call = world.query(session, { filter: { session: 'n1/1', lock: 299 } })
    world.settle()
    let turns = 0
    while (!session.answers.has(call)) {
      turns += 1
      world.cluster.pass(1)
      world.settle()
    }
    // All of a node's locks are looked at for one: 300 and more in turns of 50.
    expect(session.answers.get(call)).toMatchObject({ locks: [{ lock: 299 }] })
    expect(world.node(1).engine.deadline()).toBeUndefined()
    expect(turns).toBeLessThan(20)
  })

  test('in the node that asks itself keeps to that too', () => {
    const { world } = threeHundred({ queryLookMax: 50 })
    const session = world.session(1)
    const call = world.query(session)
    expect(session.answers.has(call)).toBe(false)
    expect(world.node(1).engine.deadline()).toBe(world.cluster.now)
    world.cluster.pass(1)
    expect(session.answers.get(call)).toMatchObject({ locks: { length: 300 } })
  })

  test.each(['', 'x', '1', '1-1', '1-1-1-1', '1-9-0', '1--1-1', '01-x-1'])(
    'that begins at "%s" is refused',
    (after) => {
      const { world, session } = threeHundred()
      const answer = answerOf(world, session, world.query(session, { after }))
      expect(answer).toMatchObject({ kind: 'refused', reason: expect.stringContaining('`after`') })
    },
  )

  test('beyond so many queries at a time is refused', () => {
    const { world, session } = threeHundred({ queriesMax: 2 })
    const calls = [1, 2, 3].map(() => world.query(session))
    const kinds = calls.map((call) => answerOf(world, session, call).kind)
    expect(kinds).toEqual(['report', 'report', 'refused'])
  })

  test('of a session that has ended ends with it', () => {
    const { world, session } = threeHundred({ queriesMax: 1 })
    world.query(session)
    world.close(session)
    const other = world.session(2)
    expect(page(world, other, {}).locks).toHaveLength(300)
  })
})

describe('a change of view', () => {
  test('ends queries under way, and what was begun before, with words', () => {
    const world = new World({ nodes: 3 })
    const session = world.session(2)
    for (let count = 0; count < 40; count += 1) {
      world.request(world.session(1 + (count % 3)), `r${count}`, 'NL')
    }
    world.settle()
    const { next: after = '' } = page(world, session, { limit: 5 })
    const underWay = world.query(session)
    world.halt(3)
    const view = world.propose()
    world.installAll(view)
    const changed = { kind: 'refused', reason: expect.stringContaining('has changed since') }
    expect(session.answers.get(underWay)).toMatchObject(changed)
    world.activateAll(view)
    expect(answerOf(world, session, world.query(session, { after }))).toMatchObject(changed)
    const { locks = [], partial } = page(world, session, {})
    expect([locks.length, partial]).toEqual([27, undefined])
  })

  test('leaves locks out before all is told again, and says so', () => {
    const world = new World({ nodes: 2 })
    const name = nameIndexedBy(1, 2)
    world.request(world.session(1), name, 'NL')
    world.settle()
    const session = world.session(2)
    world.request(session, name, 'PR')
    world.settle()
    world.halt(1)
    const view = world.propose()
    world.installAll(view)
    expect(page(world, session, {}).partial).toBe(true)
    world.activateAll(view)
    world.settle()
    expect(page(world, session, {})).toMatchObject({ locks: [{ granted: 'PR' }] })
    expect(page(world, session, {}).partial).toBeUndefined()
  })

  test('forgets scans', () => {
    const told: unknown[] = []
    const world = new World({ nodes: 2, onSend: (_from, _to, message) => told.push(message) })
    for (let count = 0; count < 9; count += 1) world.request(world.session(1), `r${count}`, 'NL')
    world.settle()
    const { next = '' } = page(world, world.session(2), { limit: 3 })
    const scan = Number(next.split('-').at(-1))
    expect(scan).toBeGreaterThan(0)
    world.changeView()
    told.length = 0
    const message = { kind: 'query-ask', ask: 7, filter: { details: false }, scan, limit: 9 }
    world.cluster.give(world.node(1), { kind: 'received', from: 2, epoch: 2, message })
    expect(told).toEqual([{ kind: 'query-told', ask: 7, locks: [], gone: true }])
  })

  test('forgets questions that wait for their turn, of members that are gone too', () => {
    const told: unknown[] = []
    const world = new World({
      nodes: 3,
      limits: { queryLookMax: 5 },
      onSend: (_from, _to, message) => told.push(message),
    })
    const session = world.session(1)
    for (let count = 0; count < 40; count += 1) world.request(session, `r${count}`, 'NL')
    world.settle()
    // It asks itself for more than is looked at in one turn, and others ask behind it.
    world.query(session)
    const message = { kind: 'query-ask', ask: 7, filter: { details: false }, limit: 9 }
    for (const from of [2, 3]) {
      world.cluster.give(world.node(1), { kind: 'received', from, epoch: 1, message })
    }
    world.halt(3)
    world.changeView()
    told.length = 0
    world.cluster.pass(10)
    expect(world.node(1).engine.deadline()).toBeUndefined()
    expect(told).toEqual([])
  })

  test('leaves no question of the view before to be answered', () => {
    const answers: unknown[] = []
    const world = new World({
      nodes: 2,
      onSend: (_from, _to, message) => {
        if ((message as { kind: string }).kind === 'query-told') answers.push(message)
      },
    })
    const session = world.session(1)
    const call = world.query(session)
    expect(world.cluster.underWay(1, 2)).toMatchObject([{ kind: 'query-ask' }])
    world.changeView()
    expect(session.answers.get(call)?.kind).toBe('refused')
    expect(answers).toEqual([])
  })
})
