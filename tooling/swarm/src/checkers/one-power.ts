import type { Incarnation } from '@holdfast/primitives'
import type { PowerFact } from '../facts.ts'
import { type Checker, Violation } from './checker.ts'

const NAME = 'one-power'

/**
 * At no instant may two processes take over in different epochs; and while one may take over in an
 * epoch, only members of that view may continue to act.
 *
 * A power changes only in a turn of its process or when its lease ends, and both instants are in the
 * fact of the last turn. So comparing at each turn with what the others have left covers every
 * instant, those of paused processes included.
 */
export function createOnePower(): Checker {
  const powers = new Map<Incarnation, PowerFact>()

  const onPower = (fact: PowerFact): void => {
    for (const other of powers.values()) {
      if (other.mayContinueUntil <= fact.at) {
        powers.delete(other.process.incarnation)
      } else if (other.process.incarnation !== fact.process.incarnation) {
        compare(fact, other)
        compare(other, fact)
      }
    }
    powers.delete(fact.process.incarnation)
    if (fact.mayContinueUntil > fact.at) powers.set(fact.process.incarnation, fact)
  }
  return {
    name: NAME,
    onPower,
    onEnd: ({ process }) => void powers.delete(process.incarnation),
  }
}

/** @param one What it is about when it may take over. */
function compare(one: PowerFact, other: PowerFact): void {
  const at = Math.max(one.at, other.at)
  if (one.mayTakeOverUntil <= at) return
  if (other.mayTakeOverUntil > at && other.epoch !== one.epoch) {
    throw new Violation(
      NAME,
      `${one.process.node} may take over in epoch ${one.epoch} while ${other.process.node} may in epoch ${other.epoch}`,
    )
  }
  if (other.mayContinueUntil <= at) return
  const { incarnation } = other.process
  if (other.epoch > one.epoch) return
  if (!one.members.some((member) => member.incarnation === incarnation)) {
    throw new Violation(
      NAME,
      `${other.process.node} may continue in epoch ${other.epoch} while ${one.process.node} may take over in epoch ${one.epoch}, which is without it`,
    )
  }
}
