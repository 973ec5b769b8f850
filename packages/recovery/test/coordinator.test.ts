import { describe, expect, test } from 'vitest'
import type { RecoveryMessage, RecoveryView, TableTransfer } from '../src/index.ts'
import { createRecovery, transferRecordsMax } from '../src/index.ts'

const member = (id: number, eligible = true) => ({ id, joined: 1, eligible, weight: 1 })

function view(
  epoch: number,
  ids: readonly number[],
  leaving: readonly number[] = [],
): RecoveryView {
  const members = ids.map((id) => member(id, !leaving.includes(id)))
  return { epoch, settled: epoch - 1, self: 1, members, notes: [] }
}

function node(transfers: readonly TableTransfer[] = []) {
  const done: string[] = []
  const recovery = createRecovery({
    install: (installed) => done.push(`install ${installed.epoch}`),
    transfers: () => transfers,
    resume: () => done.push('resume'),
    accept: (from, record) => done.push(`accept ${from} ${String(record)}`),
    activate: () => done.push('activate'),
    open: () => done.push('open'),
  })
  const sent: string[] = []
  const other: string[] = []
  const collect = () => {
    for (const output of recovery.drain()) {
      if (output.kind === 'send') sent.push(`${output.to} ${output.message.kind}`)
      else other.push(output.kind)
    }
  }
  return {
    done,
    sent,
    other,
    recovery,
    install(installed: RecoveryView) {
      recovery.handle({ kind: 'view-installed', view: installed }, 0)
      collect()
    },
    activate(epoch: number) {
      recovery.handle({ kind: 'view-activated', epoch }, 0)
      collect()
    },
    receive(from: number, message: RecoveryMessage | unknown) {
      recovery.handle({ kind: 'received', from, message }, 0)
      collect()
    },
  }
}

const rebuilt = (epoch: number): RecoveryMessage => ({ kind: 'rebuilt', epoch })

describe('the script', () => {
  test('tells everybody what it holds, then that this was all, then resumes', () => {
    const one = node([
      { to: 2, record: 'a' },
      { to: 3, record: 'b' },
      { to: 1, record: 'own' },
    ])
    one.install(view(2, [1, 2, 3]))
    expect(one.done).toEqual(['install 2', 'accept 1 own', 'resume'])
    expect(one.sent).toEqual(['2 transfer', '3 transfer', '2 rebuilt', '3 rebuilt'])
  })

  test('cuts many transfers into messages of bounded size, in order', () => {
    const many = Array.from({ length: transferRecordsMax * 2 + 1 }, (_, n) => ({
      to: 2,
      record: n,
    }))
    const recovery = createRecovery({
      install: () => undefined,
      transfers: () => many,
      resume: () => undefined,
      accept: () => undefined,
      activate: () => undefined,
      open: () => undefined,
    })
    recovery.handle({ kind: 'view-installed', view: view(2, [1, 2]) }, 0)
    const records = recovery.drain().flatMap((output) => {
      if (output.kind !== 'send' || output.message.kind !== 'transfer') return []
      expect(output.message.records.length).toBeLessThanOrEqual(transferRecordsMax)
      return output.message.records
    })
    expect(records).toEqual(many.map(({ record }) => record))
  })

  test('a node that is alone opens as soon as its view is active', () => {
    const one = node()
    one.install(view(1, [1]))
    one.activate(1)
    expect(one.done).toEqual(['install 1', 'resume', 'activate', 'open'])
    expect(one.other).toEqual(['recovered'])
  })
})

describe('the invariants', () => {
  test('R1: opens only when every member has told what it holds', () => {
    const one = node()
    one.install(view(2, [1, 2, 3]))
    one.activate(2)
    one.receive(2, rebuilt(2))
    expect(one.done).not.toContain('open')
    expect(one.recovery.describe()).toBe('waits for the locks of node 3')
    one.receive(3, rebuilt(2))
    expect(one.done).toContain('open')
    expect(one.recovery.describe()).toBeUndefined()
  })

  test('R2: opens and frees nothing before the view is active', () => {
    const one = node()
    one.install(view(2, [1, 2]))
    one.receive(2, rebuilt(2))
    expect(one.done).toEqual(['install 2', 'resume'])
    one.activate(1)
    expect(one.done).toEqual(['install 2', 'resume'])
    one.activate(2)
    expect(one.done).toEqual(['install 2', 'resume', 'activate', 'open'])
  })

  test('R3: a newer view supersedes: what was told for the older one counts for nothing', () => {
    const one = node()
    one.install(view(2, [1, 2]))
    one.install(view(3, [1, 2]))
    one.receive(2, rebuilt(2))
    one.activate(3)
    expect(one.done).not.toContain('open')
    one.receive(2, rebuilt(3))
    expect(one.done).toContain('open')
  })

  test('R4: says `rebuilt` once to every other member in each view it installs', () => {
    const one = node()
    one.install(view(2, [1, 2, 3]))
    one.install(view(3, [1, 3]))
    expect(one.sent).toEqual(['2 rebuilt', '3 rebuilt', '3 rebuilt'])
  })

  test('R5: hands transfers of an older view to the tables, which know whether they still count', () => {
    const one = node()
    one.install(view(2, [1, 2]))
    one.install(view(3, [1, 2]))
    one.receive(2, { kind: 'transfer', epoch: 2, records: ['late'] })
    expect(one.done).toContain('accept 2 late')
  })

  test('hearing a thing twice changes nothing', () => {
    const one = node()
    one.install(view(2, [1, 2]))
    one.activate(2)
    one.receive(2, rebuilt(2))
    one.receive(2, rebuilt(2))
    one.activate(2)
    expect(one.done.filter((step) => step === 'open')).toHaveLength(1)
    expect(one.done.filter((step) => step === 'activate')).toHaveLength(1)
  })
})

describe('a node that hands over', () => {
  test('may go when everybody who stays has opened, and not before', () => {
    const one = node()
    one.install(view(4, [1, 2, 3], [1]))
    one.activate(4)
    one.receive(2, rebuilt(4))
    one.receive(3, rebuilt(4))
    one.receive(2, { kind: 'opened', epoch: 4 })
    expect(one.other).toEqual(['recovered'])
    one.receive(3, { kind: 'opened', epoch: 4 })
    expect(one.other).toEqual(['recovered', 'handed-over'])
  })

  test('is told by those who stay', () => {
    const one = node()
    one.install(view(4, [1, 2], [2]))
    one.receive(2, rebuilt(4))
    one.activate(4)
    expect(one.sent).toEqual(['2 rebuilt', '2 opened'])
  })

  test('does not go before it has heard everybody itself', () => {
    const one = node()
    one.install(view(4, [1, 2], [1]))
    one.receive(2, { kind: 'opened', epoch: 4 })
    expect(one.other).toEqual([])
    one.activate(4)
    one.receive(2, rebuilt(4))
    expect(one.other).toEqual(['recovered', 'handed-over'])
  })
})

describe('hostile messages', () => {
  const hostile: readonly unknown[] = [
    undefined,
    null,
    7,
    'rebuilt',
    [],
    {},
    { kind: 'rebuilt' },
    { kind: 'rebuilt', epoch: -1 },
    { kind: 'rebuilt', epoch: 2, more: true },
    { kind: 'transfer', epoch: 2, records: [] },
    { kind: 'transfer', epoch: 2, records: 'all' },
    { kind: 'transfer', epoch: 2, records: Array.from({ length: transferRecordsMax + 1 }) },
  ]

  test('are reported and change nothing', () => {
    const one = node()
    one.install(view(2, [1, 2]))
    one.activate(2)
    const before = [...one.done]
    for (const message of hostile) one.receive(2, message)
    expect(one.done).toEqual(before)
    expect(one.other).toEqual(hostile.map(() => 'rejected'))
  })
})
