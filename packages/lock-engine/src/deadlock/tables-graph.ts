/** The graph of who waits for whom, as the tables of one node know it. */
import type { Instant } from '@holdfast/primitives'
import { alternateOf } from '../conversion.ts'
import type { Core } from '../core.ts'
import { flag, has } from '../flags.ts'
import type { HeldLock } from '../holder/lock.ts'
import type { LockRegistry } from '../holder/registry.ts'
import { deadlockMsDefault } from '../limits.ts'
import { wordsLengthMax } from '../lock-messages.ts'
import { isCompatible } from '../lock-mode.ts'
import { holdersInTheWay, someQueuedBefore } from '../master/in-the-way.ts'
import type { MasterTable } from '../master/master-table.ts'
import type { Copy } from '../master/resource.ts'
import { ownLockInTheWay } from '../master/self-wait.ts'
import { showKey } from '../resource-key.ts'
import { Schedule } from '../schedule.ts'
import type { Blocker, LockRef, LockVersion, Party, QueuedCall, Wait, WaitGraph } from './graph.ts'
import { nodeOfParty } from './graph.ts'
import { startOf, strides, turnOf } from './turns.ts'

const waitWordsMax = 160
/** What is told of what one call waits for. More would make a crowd's search cost its square. */
const holdersToldMax = 64
const aheadToldMax = 8

export class TablesGraph implements WaitGraph {
  readonly #core: Core
  readonly #masters: MasterTable
  readonly #registry: LockRegistry
  /** Queued calls, by when the search is to look at them. */
  readonly #watched = new Schedule<{ readonly copy: Copy; readonly wanted: Copy['wanted'] }>(
    ({ copy, wanted }) => copy.wanted === wanted && this.#isQueued(copy),
  )

  constructor(core: Core, masters: MasterTable, registry: LockRegistry) {
    this.#core = core
    this.#masters = masters
    this.#registry = registry
  }

  /** A call was queued here. */
  watch(copy: Copy): void {
    const waitMs = searchAfter(copy)
    if (waitMs !== undefined) this.#watchFor(copy, waitMs)
  }

  #watchFor(copy: Copy, waitMs: number): void {
    this.#watched.add({ copy, wanted: copy.wanted }, this.#core.now + waitMs)
  }

  due(now: Instant, limit: number): readonly LockRef[] {
    const due: LockRef[] = []
    while (due.length < limit) {
      const watched = this.#watched.takeDue(now)
      if (watched === undefined) break
      const { copy } = watched
      const waitMs = searchAfter(copy)
      if (waitMs === undefined || this.#endsByItself(copy)) continue
      this.#watchFor(copy, waitMs)
      due.push({ holder: copy.holder, lock: copy.lock })
    }
    return due
  }

  /** It waits for a lock of its own session: granted later than it was queued, or not found among many then. */
  #endsByItself(copy: Copy): boolean {
    if (copy.resource.root.state !== 'open') return false
    const words = ownLockInTheWay(copy, Number.POSITIVE_INFINITY)
    if (words !== undefined) this.#masters.denyDeadlock(copy, words)
    return words !== undefined
  }

  #isQueued(copy: Copy): boolean {
    const isKnown = this.#masters.copyOf(copy.holder, copy.lock) === copy
    return isKnown && copy.placed && copy.wanted !== undefined
  }

  deadline(): Instant | undefined {
    return this.#watched.next()
  }

  *waitsOf(party: Party): Iterable<QueuedCall> {
    for (const { pending, sentTo, unlock, number } of this.#locksOf(party)) {
      if (pending?.order === undefined || sentTo === undefined || unlock !== undefined) continue
      yield { lock: number, master: sentTo }
    }
  }

  #locksOf(party: Party): readonly HeldLock[] {
    const node = nodeOfParty(party)
    if (node === undefined) return [...this.#registry.locksOfOwner(party.slice(1))]
    if (node !== this.#core.view.self) return []
    const [, session = 0, lock] = party.split('/').map(Number)
    if (lock === undefined) {
      const locks = [...this.#registry.locksOfSession(session)]
      return locks.filter(({ owner, traits }) => owner === undefined && !has(traits, flag.alone))
    }
    const held = this.#registry.lockOf(session, lock)
    const isMeant = held?.owner === undefined && has(held?.traits ?? 0, flag.alone)
    return held !== undefined && isMeant ? [held] : []
  }

  waitOf(
    lock: LockRef,
    turn: number,
  ): { readonly wait: Wait; readonly blockers: Iterable<Blocker> } | undefined {
    const copy = this.#masters.copyOf(lock.holder, lock.lock)
    if (copy === undefined || !this.#isQueued(copy)) return undefined
    if (copy.resource.root.state !== 'open' || searchAfter(copy) === undefined) return undefined
    const { holder, version, priority, wanted, resource, since } = copy
    const words = `${wanted?.mode} on ${showKey(resource.key)}`.slice(0, waitWordsMax)
    const waitedMs = Math.max(0, this.#core.now - since)
    const wait = {
      holder,
      lock: lock.lock,
      version,
      party: partyOf(copy),
      priority,
      waitedMs,
      words,
    }
    return { wait, blockers: blockersOf(copy, turn) }
  }

  isUnchanged({ holder, lock, version }: LockVersion): boolean {
    return this.#masters.copyOf(holder, lock)?.version === version
  }

  deny({ holder, lock, version }: LockVersion, cycle: readonly string[]): boolean {
    const copy = this.#masters.copyOf(holder, lock)
    if (copy?.version !== version || !this.#isQueued(copy)) return false
    this.#masters.denyDeadlock(copy, cycle.join('; ').slice(0, wordsLengthMax))
    return true
  }
}

/** How long a queued call waits before the search looks at it, each time; `undefined`: it never does. */
function searchAfter({ wanted }: Copy): number | undefined {
  if (wanted === undefined || has(wanted.flags, flag.noDeadlockWait)) return undefined
  const { deadlockMs = deadlockMsDefault } = wanted
  return deadlockMs === 0 ? undefined : deadlockMs
}

function partyOf({ owner, holder, session, sessionLock, traits }: Copy): Party {
  if (owner !== undefined) return `=${owner}`
  return has(traits, flag.alone) ? `${holder}/${session}/${sessionLock}` : `${holder}/${session}`
}

/** What has to go before the call can be granted: what holds first, then what is queued before it. */
function* blockersOf(copy: Copy, turn: number): Iterable<Blocker> {
  const holders = [...holdersInTheWay(copy)].filter((holder) => blocksAlternate(holder, copy))
  for (const holder of turnOf(holders, holdersToldMax, turn, strides.outer)) {
    if (blocks(holder)) yield blocker(holder, holdingWords(holder))
  }
  for (const other of someAhead(copy, turn)) {
    if (blocks(other)) yield blocker(other, queuedWords(other))
  }
}

/** The nearest of those that are queued before it, and others in turn. */
function someAhead(copy: Copy, turn: number): readonly Copy[] {
  const { converting, waiting } = copy.resource
  const from = startOf(turn, converting.size + waiting.size, strides.outer)
  return someQueuedBefore(copy, aheadToldMax, Math.max(from, aheadToldMax))
}

/** A lock that is lost with its node goes by itself. */
function blocks({ traits, ghost }: Copy): boolean {
  return !(ghost || has(traits, flag.noDeadlockBlock))
}

/** Who can have the alternate mode beside it does not wait for it. */
function blocksAlternate({ granted = 'NL' }: Copy, { wanted }: Copy): boolean {
  const alternate = wanted && alternateOf(wanted)
  return alternate === undefined || !isCompatible(granted, alternate)
}

function blocker(copy: Copy, words: string): Blocker {
  const { holder, lock, version } = copy
  return { holder, lock, version, party: partyOf(copy), words }
}

function holdingWords({ granted, wanted }: Copy): string {
  return wanted === undefined
    ? `holds in ${granted}`
    : `holds in ${granted} and wants in ${wanted.mode}`
}

function queuedWords(copy: Copy): string {
  return copy.granted === undefined ? `wants in ${copy.wanted?.mode} before it` : holdingWords(copy)
}
