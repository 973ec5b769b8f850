import { isQuorum } from '@holdfast/membership'
import { createRandom } from '@holdfast/primitives'
import { describe, expect, it } from 'vitest'

const three = { voters: ['a', 'b', 'c'].map((node) => ({ node, votes: 1 })) }

describe('a quorum', () => {
  it('always shares a voter with any other quorum of the same electorate', () => {
    const random = createRandom('quorums')
    let pairs = 0
    for (let round = 0; round < 4000; round += 1) {
      const voters = Array.from({ length: 1 + random.below(6) }, (_, index) => ({
        node: `n${index}`,
        votes: 1 + random.below(4),
      }))
      const names = voters.map(({ node }) => node)
      // Sometimes the tie breaker is no voter: then it must break nothing.
      const tieBreaker = random.pick([...names, 'stranger', undefined])
      const electorate = { voters, ...(tieBreaker === undefined ? {} : { tieBreaker }) }
      const some = names.filter(() => random.chance(1, 2))
      const rest = names.filter((name) => !some.includes(name))
      const [withSome, withRest] = [
        isQuorum(electorate, [...some, 'stranger']),
        isQuorum(electorate, [...rest, 'stranger']),
      ]
      expect(withSome && withRest, JSON.stringify({ electorate, some })).toBe(false)
      if (withSome || withRest) pairs += 1
    }
    expect(pairs).toBeGreaterThan(1000)
  })

  it('is more than half of the votes', () => {
    expect(isQuorum(three, ['a', 'b'])).toBe(true)
    expect(isQuorum(three, ['a'])).toBe(false)
  })

  it('counts a voter once, however often it is named', () => {
    expect(isQuorum(three, ['a', 'a', 'a'])).toBe(false)
  })

  it('is half of the votes only with the tie breaker', () => {
    const two = { voters: three.voters.slice(0, 2), tieBreaker: 'a' }
    expect(isQuorum(two, ['a'])).toBe(true)
    expect(isQuorum(two, ['b'])).toBe(false)
    expect(isQuorum({ voters: two.voters }, ['a'])).toBe(false)
  })

  it('needs everybody when the electorate is unanimous', () => {
    expect(isQuorum({ ...three, unanimous: true }, ['a', 'b'])).toBe(false)
    expect(isQuorum({ ...three, unanimous: true }, ['a', 'b', 'c'])).toBe(true)
  })

  it('does not exist where nobody has a vote', () => {
    expect(isQuorum({ voters: [] }, ['a'])).toBe(false)
  })
})
