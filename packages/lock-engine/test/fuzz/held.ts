/** What all nodes say is held, looked at from above. */
import type { HeldReport } from '../../src/reports.ts'
import type { Process } from '../harness/cluster.ts'
import { type Claim, conflicts } from './claims.ts'
import type { KnownLock } from './known-lock.ts'

interface Held extends Claim {
  readonly resource: string
  readonly node: number
}

/** What two sessions may rely on at the same time does not exclude each other. */
export function checkHeld(processes: readonly Process[]): void {
  const held = processes.flatMap((process) => heldOn(process))
  for (const some of Map.groupBy(held, ({ resource }) => resource).values()) {
    for (const [index, one] of some.entries()) {
      const other = some.slice(index + 1).find((another) => conflicts(one, another))
      if (other === undefined) continue
      const both = `${one.mode} on node ${one.node} and ${other.mode} on node ${other.node}`
      throw new Error(`${one.resource}: both are said to be held: ${both}`)
    }
  }
}

function heldOn({ id, engine }: Process): readonly Held[] {
  return engine.held().flatMap(({ resource, granted, range, owner, unlocking, orphan }) => {
    if (granted === undefined || unlocking || orphan) return []
    const name = [...(resource.path ?? []), resource.name].join('/')
    return [{ resource: name, node: id, mode: granted, range, owner }]
  })
}

/**
 * The orphans that are there, with nothing under way: all that are known, and no others. Those with an
 * owner come first, because who names no owner takes any.
 */
export function leftBehind(
  processes: readonly Process[],
  known: readonly KnownLock[],
): readonly HeldReport[] {
  const left = processes.flatMap(({ engine }) =>
    engine.held().filter(({ orphan, unlocking }) => orphan && !unlocking),
  )
  const isOf = (one: KnownLock, { session, lock }: HeldReport): boolean =>
    one.session === session && one.lock === lock
  for (const report of left) {
    if (known.some((one) => isOf(one, report))) continue
    throw new Error(`an orphan of session ${report.session} lock ${report.lock} is back`)
  }
  for (const one of known) {
    if (one.orphan?.crowd !== undefined || left.some((report) => isOf(one, report))) continue
    throw new Error(`an orphan of session ${one.session} lock ${one.lock} is lost`)
  }
  return left.toSorted((a, b) => (a.owner ?? '').localeCompare(b.owner ?? '')).toReversed()
}
