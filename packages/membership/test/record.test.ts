import { createMembership, type MembershipOutput, TIMING_DEFAULT } from '@holdfast/membership'
import { createRandom } from '@holdfast/primitives'
import { describe, expect, it } from 'vitest'

function startWith(record: unknown, votes = 1): readonly MembershipOutput[] {
  const random = createRandom('record')
  const machine = createMembership({
    cluster: 'test',
    self: { node: 'a', incarnation: random.hex16(), address: 'x', votes },
    genesis: [],
    seeds: [],
    timing: TIMING_DEFAULT,
    random,
    record,
  })
  machine.handle({ kind: 'tick' }, 0)
  return machine.drain()
}

function reasonOf(outputs: readonly MembershipOutput[]): string | undefined {
  return outputs.find((output) => output.kind === 'halted')?.reason
}

const good = { format: 1, cluster: 'test', node: 'a', storageId: '0011223344556677' }

describe('the record on the disk', () => {
  it('is written at the first start of a voter, and not for a member without votes', () => {
    expect(startWith(undefined).some((output) => output.kind === 'store')).toBe(true)
    expect(startWith(undefined, 0).some((output) => output.kind === 'store')).toBe(false)
  })

  it('is taken back when it is whole', () => {
    expect(reasonOf(startWith(good))).toBeUndefined()
    expect(reasonOf(startWith({ ...good, promised: { round: 3, node: 'b' } }))).toBeUndefined()
  })

  it('halts the node with a reason when it is of others, from the future, or damaged', () => {
    expect(reasonOf(startWith({ ...good, cluster: 'other' }))).toContain('cluster other')
    expect(reasonOf(startWith({ ...good, node: 'b' }))).toContain('node b')
    expect(reasonOf(startWith({ ...good, format: 2 }))).toContain('format 2')
    for (const damaged of [null, 7, 'x', {}, { ...good, promised: { round: -1, node: 'b' } }]) {
      expect(reasonOf(startWith(damaged))).toContain('damaged')
    }
  })

  it('that cannot be written halts the node', () => {
    const random = createRandom('record')
    const machine = createMembership({
      cluster: 'test',
      self: { node: 'a', incarnation: random.hex16(), address: 'x', votes: 1 },
      genesis: [{ node: 'a', votes: 1 }],
      seeds: [],
      timing: TIMING_DEFAULT,
      random,
    })
    machine.handle({ kind: 'tick' }, 0)
    machine.handle({ kind: 'store-failed', write: 1, reason: 'disk full' }, 1)
    expect(reasonOf(machine.drain())).toContain('disk full')
    machine.handle({ kind: 'stored', write: 1 }, 2)
    expect(machine.drain()).toEqual([])
    expect(machine.deadline()).toBeUndefined()
  })

  it('is on the disk before anything that reveals it is sent', () => {
    const random = createRandom('record')
    const machine = createMembership({
      cluster: 'test',
      self: { node: 'a', incarnation: random.hex16(), address: 'x', votes: 1 },
      genesis: [
        { node: 'a', votes: 1 },
        { node: 'b', votes: 1 },
      ],
      seeds: [],
      timing: TIMING_DEFAULT,
      random,
    })
    const kinds: string[] = []
    const note = (): void => {
      for (const output of machine.drain()) {
        if (output.kind === 'send') kinds.push(output.message.kind)
        if (output.kind === 'store') kinds.push(`write ${output.write}`)
      }
    }
    machine.handle({ kind: 'tick' }, 0)
    note()
    expect(kinds.filter((kind) => kind !== 'join')).toEqual(['write 1'])
    machine.handle({ kind: 'stored', write: 1 }, 1)
    note()
    // The promise came after the first write had begun; the ballot waits for the second.
    expect(kinds.filter((kind) => kind !== 'join')).toEqual(['write 1', 'write 2'])
    machine.handle({ kind: 'stored', write: 2 }, 2)
    note()
    expect(kinds).toContain('prepare')
  })
})
