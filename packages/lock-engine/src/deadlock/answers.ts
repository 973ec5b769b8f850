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
import { strides, turnOf } from './turns.ts'

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
    const found = graph.waitOf(lock, turn)
    if (found === undefined) continue
    const wait = withinBounds(found.wait)
    const parties = oneOfEachParty(found.blockers, wait.party)
    const blockers = turnOf(parties, blockersPerWaitMax, turn, strides.inner).map(asTold)
    if (pages.at(-1)?.tryAdd(wait, blockers) === true) continue
    const page = new Page()
    page.tryAdd(wait, blockers)
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
    for (const blocker of fresh) {
      this.#places.set(keyOfLock(blocker), this.blockers.length)
      this.blockers.push(blocker)
    }
    const by = blockers.flatMap((blocker) => this.#places.get(keyOfLock(blocker)) ?? [])
    this.waits.push({ ...wait, by })
    return true
  }
}

function sizeOf({ party, words }: Wait, places: number, fresh: readonly Blocker[]): number {
  let bytes = waitBytes + bytesOf(party) + bytesOf(words) + placeBytes * places
  for (const blocker of fresh) {
    bytes += blockerBytes + bytesOf(blocker.party) + bytesOf(blocker.words)
  }
  return bytes
}

function withinBounds(wait: Wait): Wait {
  const { waitedMs, words } = wait
  return { ...wait, waitedMs: Math.floor(waitedMs), words: shortened(words, waitWordsMax) }
}

function asTold(blocker: Blocker): Blocker {
  return { ...blocker, words: shortened(blocker.words, blockerWordsMax) }
}

function shortened(text: string, lengthMax: number): string {
  return text.length <= lengthMax ? text : `${text.slice(0, lengthMax - 1)}…`
}
