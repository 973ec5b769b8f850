import { z } from 'zod'

/** One thing that can be configured. Its flag and its variable follow from its key. */
export interface Setting {
  readonly key: string
  /** What a value must be, to stand after "must be". */
  readonly expects: string
  /** For `--help`. */
  readonly about: string
  readonly schema: z.ZodType<unknown>
  /** How the text of a flag or a variable becomes a value; what it cannot read it gives back. */
  readonly read: (text: string) => unknown
  /** A flag without a value. */
  readonly isSwitch?: true
}

export interface PeerSetting {
  readonly node: string
  readonly address: string
  readonly votes: number
}

/** The configuration of a node, from whatever source. The schema of record is the table below. */
export interface NodeSettings {
  readonly name: string
  readonly cluster: string
  readonly host: string
  readonly port: number
  readonly advertise?: string
  readonly peers: readonly PeerSetting[]
  readonly votes: number
  readonly weight: number
  readonly join: boolean
  readonly dataDir?: string
  readonly timing: 'default' | 'fast' | 'wan'
  readonly clientToken?: string
  readonly peerToken?: string
  readonly tlsCert?: string
  readonly tlsKey?: string
  readonly tlsCa?: string
  readonly sessionLeaseMs: number
  readonly leaveMs: number
  readonly log: 'text' | 'json'
}

const asText = (text: string): unknown => text
const asNumber = (text: string): unknown => (/^\d+$/.test(text) ? Number(text) : text)
const switchWords = new Map([
  ['true', true],
  ['yes', true],
  ['1', true],
  ['', true],
  ['false', false],
  ['no', false],
  ['0', false],
])
const asSwitch = (text: string): unknown => switchWords.get(text) ?? text

const name = z.string().regex(/^[a-zA-Z0-9._-]{1,64}$/)
const path = z.string().min(1).max(4_096)
const secret = z.string().min(16).max(256)
const peer: z.ZodType<PeerSetting> = z.strictObject({
  node: name,
  address: z.string().regex(/^wss?:\/\/[^/\s]+$/),
  votes: z.number().int().min(0).max(100).default(1),
})
const namePhrase = '1 to 64 characters of a-z A-Z 0-9 . _ -'
const secretPhrase = 'a secret of 16 to 256 characters'

export const settings: readonly Setting[] = [
  {
    key: 'name',
    about: 'the name of this node',
    expects: namePhrase,
    schema: name,
    read: asText,
  },
  {
    key: 'cluster',
    about: 'the name of the cluster (default "holdfast")',
    expects: namePhrase,
    schema: name.default('holdfast'),
    read: asText,
  },
  {
    key: 'host',
    about: 'the address to listen on (default 127.0.0.1; any other needs TLS)',
    expects: 'a host name or an IP address',
    schema: z.string().min(1).max(255).default('127.0.0.1'),
    read: asText,
  },
  {
    key: 'port',
    about: 'the port to listen on (default 7400; 0 takes a free one)',
    expects: 'a whole number from 0 to 65535',
    schema: z.number().int().min(0).max(65_535).default(7_400),
    read: asNumber,
  },
  {
    key: 'advertise',
    about: 'the address that others dial (default: the one listened on)',
    expects: 'an address such as wss://n1.example.org:7400',
    schema: z
      .string()
      .regex(/^wss?:\/\/[^/\s]+$/)
      .exactOptional(),
    read: asText,
  },
  {
    key: 'peers',
    about: 'the other nodes: NAME=ADDRESS,... or NAME*VOTES=ADDRESS,...',
    expects: 'a list such as n2=ws://127.0.0.1:7401,n3=ws://127.0.0.1:7402',
    schema: z.array(peer).max(100).default([]),
    read: asPeers,
  },
  {
    key: 'votes',
    about: 'the votes of this node (default 1; 0 = a member without a say)',
    expects: 'a whole number from 0 to 100',
    schema: z.number().int().min(0).max(100).default(1),
    read: asNumber,
  },
  {
    key: 'weight',
    about: 'the part of the mastering it asks for beside the others (default 1; 0 = none)',
    expects: 'a whole number from 0 to 10',
    schema: z.number().int().min(0).max(10).default(1),
    read: asNumber,
  },
  {
    key: 'join',
    about: 'join a cluster that exists, rather than being one of its first voters',
    expects: 'true or false',
    schema: z.boolean().default(false),
    read: asSwitch,
    isSwitch: true,
  },
  {
    key: 'dataDir',
    about: 'the folder of this node alone (default .holdfast/NAME)',
    expects: 'a folder',
    schema: path.exactOptional(),
    read: asText,
  },
  {
    key: 'timing',
    about: 'default, fast (quiet local network) or wan; the same on every node',
    expects: 'default, fast or wan',
    schema: z.enum(['default', 'fast', 'wan']).default('default'),
    read: asText,
  },
  {
    key: 'clientToken',
    about: 'what clients must show (default: made at the first start, in the data folder)',
    expects: secretPhrase,
    schema: secret.exactOptional(),
    read: asText,
  },
  {
    key: 'peerToken',
    about: 'what nodes must show to each other; the same on every node',
    expects: secretPhrase,
    schema: secret.exactOptional(),
    read: asText,
  },
  {
    key: 'tlsCert',
    about: 'the file of the TLS certificate, PEM',
    expects: 'a file',
    schema: path.exactOptional(),
    read: asText,
  },
  {
    key: 'tlsKey',
    about: 'the file of its private key, PEM',
    expects: 'a file',
    schema: path.exactOptional(),
    read: asText,
  },
  {
    key: 'tlsCa',
    about: 'the file of the authority that other nodes are signed by, PEM',
    expects: 'a file',
    schema: path.exactOptional(),
    read: asText,
  },
  {
    key: 'sessionLeaseMs',
    about: 'how long a client may be silent before its locks are freed, ms (default 10000)',
    expects: 'a whole number from 500 to 600000',
    schema: z.number().int().min(500).max(600_000).default(10_000),
    read: asNumber,
  },
  {
    key: 'leaveMs',
    about: 'how long an orderly stop may take, ms (default 5000)',
    expects: 'a whole number from 0 to 600000',
    schema: z.number().int().min(0).max(600_000).default(5_000),
    read: asNumber,
  },
  {
    key: 'log',
    about: 'text or json (default text)',
    expects: 'text or json',
    schema: z.enum(['text', 'json']).default('text'),
    read: asText,
  },
]

/** `sessionLeaseMs` is `--session-lease-ms`. */
export function flagOf(key: string): string {
  return `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}

/** `sessionLeaseMs` is `HOLDFAST_SESSION_LEASE_MS`. */
export function variableOf(key: string): string {
  return `HOLDFAST_${key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`
}

function asPeers(text: string): unknown {
  const entries = text.split(',').filter((entry) => entry !== '')
  const peers = entries.map((entry) => {
    const match = /^([^=*]+)(?:\*(\d+))?=(.+)$/.exec(entry.trim())
    if (match === null) return undefined
    const [, node, votes, address] = match
    return { node, address, ...(votes === undefined ? {} : { votes: Number(votes) }) }
  })
  return peers.includes(undefined) ? text : peers
}

/** A setting as a command line shows it. */
export interface SettingFlag {
  readonly key: string
  readonly flag: string
  readonly about: string
  readonly isSwitch: boolean
}

export const settingFlags: readonly SettingFlag[] = settings.map(({ key, about, isSwitch }) => ({
  key,
  about,
  flag: flagOf(key),
  isSwitch: isSwitch === true,
}))
