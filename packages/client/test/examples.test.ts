import { beforeEach, describe, expect, test } from 'vitest'
import { countUp } from '../examples/count-up.ts'
import { editPage } from '../examples/edit-page.ts'
import { takeOver } from '../examples/take-over.ts'
import { transfer } from '../examples/transfer.ts'
import { whoWaits } from '../examples/who-waits.ts'
import { cacheLock } from '../examples/whole-call.ts'
import { type Cluster, createCluster } from '../src/cluster.ts'
import { createGenerousNode, type GenerousNode } from './generous-node.ts'
import { turn } from './setting.ts'

let node: GenerousNode
let cluster: Cluster

beforeEach(async () => {
  node = createGenerousNode()
  cluster = await createCluster({ openPort: node.openPort })
})

const kinds = (): readonly string[] => node.calls.map(({ kind }) => kind)

describe('the examples of the README', () => {
  test('count-up.ts counts', async () => {
    const lock = await cluster.lockspace('n').acquire('invoice', { mode: 'NL', useValue: true })
    expect([await countUp(lock), await countUp(lock), await countUp(lock)]).toEqual([1n, 2n, 3n])
    expect(lock.mode).toBe('NL')
  })

  test('transfer.ts moves under two locks of one owner', async () => {
    const moves: string[] = []
    await transfer(cluster, ['a', 'b'], async () => void moves.push(kinds().join(' ')))
    expect(moves).toEqual(['request request'])
    expect(kinds()).toEqual(['request', 'request', 'unlock', 'unlock'])
    const owners = node.calls.flatMap((call) => (call.kind === 'request' ? [call.owner] : []))
    expect(new Set(owners).size).toBe(1)
  })

  test('edit-page.ts locks a range below the file', async () => {
    await editPage(cluster, 'report', { start: 0, end: 4_095 }, async ({ name, range, held }) => {
      expect([name, range, held]).toEqual(['content', { start: 0n, end: 4_095n }, true])
    })
    const [parent, child] = node.calls
    expect(child).toMatchObject({ parent: parent && 'lock' in parent ? parent.lock : -1 })
  })

  test('whole-call.ts tells what happens, in order', async () => {
    const lines: string[] = []
    const handle = cacheLock(cluster, (line) => lines.push(line))
    await handle.completion
    node.emit({ kind: 'blocking', lock: handle.number, mode: 'EX' })
    await turn()
    expect(lines).toEqual([
      `lock ${handle.number} on \\x00\\xff`,
      'request: granted, PR',
      'somebody wants EX',
      'convert: granted, NL',
    ])
  })

  test('take-over.ts begins where nothing was left behind', async () => {
    const jobs: boolean[] = []
    await takeOver(cluster, async (isContinued) => void jobs.push(isContinued))
    expect(jobs).toEqual([false])
    expect(kinds()).toEqual(['open-space', 'adopt', 'request', 'unlock', 'leave-space'])
  })

  test('who-waits.ts lists those that wait', async () => {
    const lock = { resource: { space: 's', name: 'n' }, node: 'n1', master: 'n1', forMs: 1 }
    const facts = { queue: 'granted', mode: 'EX', forMs: 1 } as const
    const blocker = { node: 'n2', session: '5', lock: 1, ...facts }
    node.reports = [
      { ...lock, session: '1', lock: 1, queue: 'granted', granted: 'EX' },
      { ...lock, session: '2', lock: 7, queue: 'waiting', wanted: 'PR', blockedBy: [blocker] },
    ]
    expect(await whoWaits(cluster, 's', 'n')).toEqual(['n1/2 wants PR on n, behind n2/5 in EX'])
  })
})
