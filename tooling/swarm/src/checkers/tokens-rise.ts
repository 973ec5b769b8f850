import type { LockMode } from '@holdfast/lock-engine/messages'
import type { Belief, GrantFact } from '../facts.ts'
import { type Checker, Violation } from './checker.ts'
import { type Claim, conflict } from './conflict.ts'
import { carriesToken, weakerOf } from './lock-modes.ts'

const NAME = 'tokens-rise'

/** A grant that carried a token. */
interface Carrier {
  readonly claim: Claim
  readonly token: bigint
}

/** Grants on parts, and of owners, that are remembered for each resource. */
const CARRIERS_MAX = 60

interface TokensOfResource {
  readonly seen: Set<bigint>
  /** The newest grants in each mode on all of the resource, without owners. */
  readonly whole: Map<LockMode, bigint>
  /** The other ones, oldest first. */
  readonly parts: Carrier[]
}

/**
 * Per resource, each grant that can write has a token above that of every grant before it with which
 * it conflicts, and no two grants share one: over conversions, new masters, view changes and full
 * restarts, and for names below others over their coming and going.
 * A conversion to a weaker mode may keep the token of its lock. Two that may be held together may be
 * told of their tokens in either order.
 */
export function createTokensRise(): Checker {
  const resources = new Map<string, TokensOfResource>()

  const tokensOf = (resource: string): TokensOfResource => {
    const known = resources.get(resource) ?? { seen: new Set(), whole: new Map(), parts: [] }
    resources.set(resource, known)
    return known
  }
  const lastOf = new WeakMap<Belief, bigint>()

  const onGrant = ({ at, belief, before, token }: GrantFact): void => {
    const { mode, resource, range, owner } = belief
    if (mode === undefined || belief.trust.until <= at) return
    if ((token !== undefined) !== carriesToken(mode)) {
      const how = token === undefined ? 'without a token' : 'with a token'
      throw new Violation(NAME, `${mode} on ${resource} was granted ${how}`)
    }
    if (token === undefined) return
    // A weaker mode is granted by the holder's own node at once, so it keeps its token.
    const weaker = before !== undefined && weakerOf(before, mode) === mode
    if (weaker && lastOf.get(belief) === token) return
    lastOf.set(belief, token)
    const fault = take(tokensOf(resource), { claim: { mode, range, owner }, token })
    if (fault === undefined) return
    throw new Violation(NAME, `${mode} on ${resource} for ${belief.client} has token ${fault}`)
  }
  return { name: NAME, onGrant }
}

/** Notes a token; returns what is wrong with it. */
function take(known: TokensOfResource, carrier: Carrier): string | undefined {
  const { claim, token } = carrier
  if (known.seen.has(token)) return `${token}, which was given out before`
  known.seen.add(token)
  const floor = newestInConflict(known, claim)
  if (token <= floor) return `${token} after ${floor}`
  const { mode, range, owner } = claim
  if (range === undefined && owner === undefined && mode !== undefined) {
    const before = known.whole.get(mode) ?? -1n
    if (token > before) known.whole.set(mode, token)
  } else {
    known.parts.push(carrier)
    if (known.parts.length > CARRIERS_MAX) known.parts.shift()
  }
  return undefined
}

function newestInConflict({ whole, parts }: TokensOfResource, claim: Claim): bigint {
  let newest = -1n
  for (const [mode, token] of whole) {
    const other = { mode, range: undefined, owner: undefined }
    if (token > newest && conflict(claim, other)) newest = token
  }
  for (const { claim: other, token } of parts) {
    if (token > newest && conflict(claim, other)) newest = token
  }
  return newest
}
