/**
 * What goes between two nodes has to fit into a frame: recovery's `transferRecordsMax` "keeps a message below the
 * frame limits of every adapter". It counts records and not bytes.
 */
import type { SessionCall } from '@holdfast/lock-engine/messages'
import { createPacketCodec } from '@holdfast/transport'
import { expect, test } from 'vitest'
import type { NodeInput } from '../../src/machine/index.ts'
import { MachineCluster } from './cluster.ts'

const names = ['n1', 'n2', 'n3']

/** Packets go as frames, as over every real transport. */
class FramedCluster extends MachineCluster {
  readonly oversized: unknown[] = []
  readonly #codec = createPacketCodec()

  override give(name: string, input: NodeInput): void {
    if (input.kind !== 'packet') {
      super.give(name, input)
      return
    }
    const { frames, oversized } = this.#codec.encode(input.packet as never)
    this.oversized.push(...oversized)
    for (const frame of frames) {
      const decoded = this.#codec.decode(frame)
      if (!decoded.ok) throw new Error(`a bad frame: ${decoded.reason}`)
      super.give(name, { ...input, packet: decoded.value as never })
    }
  }
}

/** A byte of a name in other letters than English ones: two bytes on the wire. */
const pad = '\u00d0'

type Part = Omit<SessionCall, 'call'>

/** n1 has 40 locks on names of that length, three levels deep, with values of 1,024 bytes; n2, their master, dies. */
function recovers(nameBytes: number): { readonly recovered: boolean; readonly oversized: number } {
  // Without weight n1 masters nothing new: what it has to tell of its locks goes to n3.
  const cluster = new FramedCluster(names, { n1: 0 })
  cluster.runUntil(() => names.every((name) => cluster.at(name, 'recovered', 1) !== undefined))
  const root = 'root'.padEnd(nameBytes, pad)
  const [one, two] = [cluster.session('n1'), cluster.session('n2')]
  const call = (node: string, session: number, part: object): void => {
    const number = cluster.call(node, session, part as Part)
    cluster.runUntil(() => cluster.completion(node, session, number) !== undefined, 2_000)
    expect(cluster.completion(node, session, number)?.outcome).toBe('granted')
  }
  const request = (lock: number, name: string | undefined, more: object): object => {
    const resource = { space: 'test', name }
    const flags = { noQueue: false, useValue: true, notify: false }
    return { kind: 'request', lock, resource, ...flags, ...more }
  }
  // The first user is the master.
  call('n2', two, request(1, root, { mode: 'NL' }))
  call('n1', one, request(1, root, { mode: 'NL' }))
  call('n1', one, request(2, 'b'.padEnd(nameBytes, pad), { mode: 'NL', parent: 1 }))
  for (let lock = 3; lock < 43; lock += 1) {
    const name = `${lock}`.padEnd(nameBytes, pad)
    call('n1', one, request(lock, name, { mode: 'EX', parent: 2 }))
    const value = new Uint8Array(1_024).fill(lock)
    const flags = { noQueue: false, queueFair: false, useValue: true, value }
    call('n1', one, { kind: 'convert', lock, mode: 'PR', ...flags })
  }
  cluster.crash('n2')
  cluster.run(60_000)
  const epoch = cluster.nodes.get('n3')?.machine.view?.epoch ?? 0
  expect(epoch).toBeGreaterThan(1)
  const recovered = cluster.at('n3', 'recovered', epoch) !== undefined
  return { recovered, oversized: cluster.oversized.length }
}

test('of locks on short names arrive', () => {
  expect(recovers(30)).toEqual({ recovered: true, oversized: 0 })
})

test('of locks on the longest names arrive as well, and the cluster recovers', () => {
  expect(recovers(250)).toEqual({ recovered: true, oversized: 0 })
})
