import type { LockMode } from '@holdfast/lock-engine/messages'
import type { Belief, GrantFact } from '../facts.ts'
import { type Checker, Violation } from './checker.ts'
import { carriesToken, weakerOf } from './lock-modes.ts'

const NAME = 'tokens-rise'

interface TokensOfResource {
  /** Tokens of PW and EX: nothing that carries a token is compatible with them. */
  newestExclusive: bigint
  newest: bigint
  readonly seen: Set<bigint>
}

/**
 * Per resource, each grant that can write has a token above that of every incompatible grant before
 * it, and no two grants share one: over conversions, new masters, view changes and full restarts.
 * A conversion to a weaker mode may keep the token of its lock.
 * Two concurrent writers (CW) may be told of their tokens in either order.
 */
export function createTokensRise(): Checker {
  const resources = new Map<string, TokensOfResource>()

  const tokensOf = (resource: string): TokensOfResource => {
    const known = resources.get(resource) ?? {
      newestExclusive: -1n,
      newest: -1n,
      seen: new Set<bigint>(),
    }
    resources.set(resource, known)
    return known
  }
  const lastOf = new WeakMap<Belief, bigint>()

  const onGrant = ({ at, belief, before, token }: GrantFact): void => {
    const { mode } = belief
    if (mode !== undefined && belief.trust.until > at) judge(mode, { belief, before, token })
  }
  const judge = (
    mode: LockMode,
    { belief, before, token }: Pick<GrantFact, 'belief' | 'before' | 'token'>,
  ): void => {
    const { resource } = belief
    if ((token !== undefined) !== carriesToken(mode)) {
      const how = token === undefined ? 'without a token' : 'with a token'
      throw new Violation(NAME, `${mode} on ${resource} was granted ${how}`)
    }
    if (token === undefined) return
    // A weaker mode is granted by the holder's own node at once, so it keeps its token.
    const weaker = before !== undefined && weakerOf(before, mode) === mode
    if (weaker && lastOf.get(belief) === token) return
    lastOf.set(belief, token)
    const fault = take(tokensOf(resource), mode, token)
    if (fault === undefined) return
    throw new Violation(NAME, `${mode} on ${resource} for ${belief.client} has token ${fault}`)
  }
  return { name: NAME, onGrant }
}

/** Notes a token; returns what is wrong with it. */
function take(known: TokensOfResource, mode: LockMode, token: bigint): string | undefined {
  if (known.seen.has(token)) return `${token}, which was given out before`
  const floor = mode === 'CW' ? known.newestExclusive : known.newest
  if (token <= floor) return `${token} after ${floor}`
  known.seen.add(token)
  if (token > known.newest) known.newest = token
  if (mode !== 'CW') known.newestExclusive = token
  return undefined
}
