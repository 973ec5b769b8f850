/** What a node answers to the searcher, from its own tables. */
import { bytesOf } from './cycle-words.ts'
import {
  blockersPerWaitMax,
  blockerWordsMax,
  callsPerAskMax,
  type DeadlockMessage,
  itemsPerToldMax,
  type ToldWait,
  toldBytesMax,
  waitWordsMax,
} from './deadlock-messages.ts'
import {
  type Blocker,
  keyOfLock,
  type LockRef,
  type Party,
  type QueuedCall,
  type Wait,
  type WaitGraph,
} from './graph.ts'

type Ask = Extract<DeadlockMessage, { readonly kind: 'deadlock-ask' }>
type Told = Extract<DeadlockMessage, { readonly kind: 'deadlock-told' }>
type Check = Extract<DeadlockMessage, { readonly kind: 'deadlock-check' }>

/** One message or more; only the last one is marked so. */
export function tell(graph: WaitGraph, { ask, waits, parties }: Ask): readonly Told[] {
  const parts = [...waitPages(graph, waits, ask), ...callPages(graph, parties)]
  if (parts.length === 0) parts.push({})
  const none = { waits: [], blockers: [], calls: [] }
  return parts.map((part, index) => {
    return { kind: 'deadlock-told', ask, ...none, ...part, last: index === parts.length - 1 }
  })
}

export function changedOf(graph: WaitGraph, { locks }: Check): readonly LockRef[] {
  return locks
    .filter((lock) => !graph.isUnchanged(lock))
    .map(({ holder, lock }) => ({ holder, lock }))
}

function waitPages(graph: WaitGraph, locks: readonly LockRef[], turn: number): Partial<Told>[] {
  const pages: Page[] = []
  for (const lock of locks) {
    const found = graph.waitOf(lock)
    if (found === undefined) continue
    const blockers = turnOf(oneOfEachParty(found.blockers, found.wait.party), turn)
    if (pages.at(-1)?.tryAdd(found.wait, blockers) === true) continue
    const page = new Page()
    page.tryAdd(found.wait, blockers)
    pages.push(page)
  }
  return pages.map(({ waits, blockers }) => ({ waits, blockers }))
}

function callPages(graph: WaitGraph, parties: readonly Party[]): Partial<Told>[] {
  const calls: QueuedCall[] = []
  for (const party of parties) {
    for (const { lock, master } of graph.waitsOf(party)) {
      if (calls.length < callsPerAskMax) calls.push({ lock, master })
    }
  }
  const pages: Partial<Told>[] = []
  for (let at = 0; at < calls.length; at += itemsPerToldMax) {
    pages.push({ calls: calls.slice(at, at + itemsPerToldMax) })
  }
  return pages
}

/** Parties are what counts: one lock of each says as much as all of them. */
function oneOfEachParty(blockers: Iterable<Blocker>, own: Party): readonly Blocker[] {
  const byParty = new Map<Party, Blocker>()
  for (const blocker of blockers) {
    if (blocker.party !== own && !byParty.has(blocker.party)) byParty.set(blocker.party, blocker)
  }
  return [...byParty.values()]
}

/** As many as may be told; with each question others, so that none stays hidden for ever. */
function turnOf(blockers: readonly Blocker[], turn: number): readonly Blocker[] {
  if (blockers.length <= blockersPerWaitMax) return blockers
  const start = (turn * blockersPerWaitMax) % blockers.length
  return [...blockers.slice(start), ...blockers.slice(0, start)].slice(0, blockersPerWaitMax)
}

/** Bytes on the wire without the texts: names of fields, and numbers of the longest kind. */
const waitBytes = 120
const placeBytes = 3
const blockerBytes = 75

/** Waits of one message, and each lock in their way once. A first wait always fits. */
class Page {
  readonly waits: ToldWait[] = []
  readonly blockers: Blocker[] = []
  readonly #places = new Map<string, number>()
  #bytes = 0

  tryAdd(wait: Wait, blockers: readonly Blocker[]): boolean {
    const fresh = blockers.filter((blocker) => !this.#places.has(keyOfLock(blocker)))
    const bytes = this.#bytes + sizeOf(wait, blockers.length, fresh)
    if (bytes > toldBytesMax || this.blockers.length + fresh.length > itemsPerToldMax) return false
    this.#bytes = bytes
    for (const blocker of fresh) this.#place(blocker)
    const by = blockers.flatMap((blocker) => this.#places.get(keyOfLock(blocker)) ?? [])
    this.waits.push(toldWait(wait, by))
    return true
  }

  #place({ holder, lock, version, party, words }: Blocker): void {
    this.#places.set(keyOfLock({ holder, lock }), this.blockers.length)
    this.blockers.push({ holder, lock, version, party, words: shortened(words, blockerWordsMax) })
  }
}

function sizeOf({ party, words }: Wait, places: number, fresh: readonly Blocker[]): number {
  let bytes = waitBytes + bytesOf(party) + bytesOf(words) + placeBytes * places
  for (const blocker of fresh) {
    bytes += blockerBytes + bytesOf(blocker.party) + bytesOf(blocker.words)
  }
  return bytes
}

function toldWait(wait: Wait, by: readonly number[]): ToldWait {
  const { holder, lock, version, party, priority, waitedMs, words } = wait
  const fields = { holder, lock, version, party, priority, by }
  return { ...fields, waitedMs: Math.floor(waitedMs), words: shortened(words, waitWordsMax) }
}

function shortened(text: string, lengthMax: number): string {
  return text.length <= lengthMax ? text : `${text.slice(0, lengthMax - 1)}…`
}
