import { describe, expect, test } from 'vitest'
import { readConfiguration } from '../src/daemon/configuration.ts'

const empty = { flags: {}, environment: {} }
const secret = 'a-secret-of-some-length'

function faults(sources: Partial<Parameters<typeof readConfiguration>[0]>): readonly string[] {
  const read = readConfiguration({ ...empty, ...sources })
  return read.ok ? [] : read.faults
}

describe('configuration', () => {
  test('needs a name and has a default for everything else', () => {
    expect(readConfiguration({ ...empty, flags: { name: 'n1' } })).toEqual({
      ok: true,
      settings: {
        name: 'n1',
        cluster: 'holdfast',
        host: '127.0.0.1',
        port: 7400,
        peers: [],
        votes: 1,
        weight: 1,
        join: false,
        timing: 'default',
        sessionLeaseMs: 10_000,
        leaveMs: 5_000,
        log: 'text',
      },
    })
    expect(faults({})).toEqual(['name is missing: give --name NAME, HOLDFAST_NAME or "name"'])
  })

  test('a flag wins over a variable, a variable over the file', () => {
    const file = { name: 'node.json', text: '{ "name": "file", "port": 1, "votes": 3 }' }
    const environment = { HOLDFAST_NAME: 'variable', HOLDFAST_PORT: '2' }
    const read = readConfiguration({ flags: { name: 'flag' }, environment, file })
    expect(read).toMatchObject({ ok: true, settings: { name: 'flag', port: 2, votes: 3 } })
  })

  test('reads the short form of peers', () => {
    const flags = { name: 'n1', peers: 'n2=ws://a:1,n3*2=wss://b:2', peerToken: secret }
    expect(readConfiguration({ ...empty, flags })).toMatchObject({
      settings: {
        peers: [
          { node: 'n2', address: 'ws://a:1', votes: 1 },
          { node: 'n3', address: 'wss://b:2', votes: 2 },
        ],
      },
    })
  })

  test('names the key, the source and the fix', () => {
    const file = { name: 'node.json', text: '{ "votes": -1, "prot": 7400, "timing": "quick" }' }
    const environment = { HOLDFAST_PORT: '99999', HOLDFAST_CLUSTR: 'x' }
    expect(faults({ flags: { name: 'n 1' }, environment, file })).toEqual([
      'prot: unknown in the file node.json; did you mean port?',
      'HOLDFAST_CLUSTR: unknown variable; did you mean HOLDFAST_CLUSTER?',
      'name: "n 1" in the flag --name must be 1 to 64 characters of a-z A-Z 0-9 . _ -',
      'port: 99999 in the variable HOLDFAST_PORT must be a whole number from 0 to 65535',
      'votes: -1 in the file node.json must be a whole number from 0 to 100',
      'timing: "quick" in the file node.json must be default, fast or wan',
    ])
  })

  test('takes a weight from 0 to 10', () => {
    const read = readConfiguration({ ...empty, flags: { name: 'n1', weight: '0' } })
    expect(read).toMatchObject({ ok: true, settings: { weight: 0 } })
    expect(faults({ flags: { name: 'n1', weight: '11' } })).toEqual([
      'weight: 11 in the flag --weight must be a whole number from 0 to 10',
    ])
  })

  test('does not show a secret that is wrong', () => {
    expect(faults({ flags: { name: 'n1', clientToken: 'short' } })).toEqual([
      'clientToken: the value in the flag --client-token must be a secret of 16 to 256 characters',
    ])
  })

  test('a file that is no JSON object is one clear fault', () => {
    const file = { name: 'node.json', text: '[1' }
    expect(faults({ flags: { name: 'n1' }, file })).toEqual([
      'the file node.json must hold one JSON object',
    ])
  })

  test('settings that do not go together are told', () => {
    expect(faults({ flags: { name: 'n1', peers: 'n1=ws://a:1' } })).toHaveLength(2)
    expect(faults({ flags: { name: 'n1', join: 'true' } })).toHaveLength(1)
    expect(faults({ flags: { name: 'n1', tlsCert: 'a.pem' } })).toHaveLength(1)
    expect(faults({ flags: { name: 'n1', host: '0.0.0.0' } })).toEqual([
      'host: other machines come in at 0.0.0.0, which needs TLS: give --tls-cert FILE and --tls-key FILE, or listen on 127.0.0.1',
    ])
    const tls = { tlsCert: 'a.pem', tlsKey: 'a.key' }
    const read = readConfiguration({ ...empty, flags: { name: 'n1', host: '0.0.0.0', ...tls } })
    expect(read.ok).toBe(true)
  })
})
