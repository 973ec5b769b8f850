import { nearestName } from '@holdfast/primitives'
import { isLoopback } from '@holdfast/transport-ws'
import { flagOf, type NodeSettings, type Setting, settings, variableOf } from './setting.ts'

/** Where settings come from, strongest first: flags, environment, file, defaults. */
export interface ConfigurationSources {
  /** By key; flags as they were typed. */
  readonly flags: Readonly<Record<string, string | undefined>>
  readonly environment: Readonly<Record<string, string | undefined>>
  /** The content of the configuration file, and its name for messages. */
  readonly file?: { readonly name: string; readonly text: string }
}

export type Configuration =
  | { readonly ok: true; readonly settings: NodeSettings }
  /** Sentences, each with the key, the source and the fix. */
  | { readonly ok: false; readonly faults: readonly string[] }

/** Variables of the same family that are not settings of a node. */
const otherVariables = [
  'HOLDFAST_ADDRESS',
  'HOLDFAST_CLIENT_TOKEN_FILE',
  'HOLDFAST_CONFIG',
  'HOLDFAST_LOCK',
  'HOLDFAST_TOKEN',
]

interface Given {
  readonly value: unknown
  readonly origin: string
}

export function readConfiguration(sources: ConfigurationSources): Configuration {
  const faults: string[] = []
  const file = readFile(sources.file, faults)
  faults.push(...unknownVariables(sources.environment))
  const values: Record<string, unknown> = {}
  for (const setting of settings) {
    const given = find(setting, sources, file)
    const parsed = setting.schema.safeParse(given?.value)
    if (parsed.success) {
      if (parsed.data !== undefined) values[setting.key] = parsed.data
    } else if (given !== undefined) {
      faults.push(faultOf(setting, given))
    } else if (setting.key === 'name') {
      faults.push(`name is missing: give ${flagOf('name')} NAME, ${variableOf('name')} or "name"`)
    }
  }
  if (faults.length > 0) return { ok: false, faults }
  const complete = values as unknown as NodeSettings
  const crossFaults = faultsTogether(complete)
  return crossFaults.length > 0
    ? { ok: false, faults: crossFaults }
    : { ok: true, settings: complete }
}

function find(
  { key, read }: Setting,
  { flags, environment, file }: ConfigurationSources,
  content: Readonly<Record<string, unknown>>,
): Given | undefined {
  const flag = flags[key]
  if (flag !== undefined) return { value: read(flag), origin: `the flag ${flagOf(key)}` }
  const variable = environment[variableOf(key)]
  if (variable !== undefined) {
    return { value: read(variable), origin: `the variable ${variableOf(key)}` }
  }
  if (!Object.hasOwn(content, key)) return undefined
  return { value: content[key], origin: `the file ${file?.name}` }
}

function faultOf({ key, expects }: Setting, { value, origin }: Given): string {
  const shown = /token/i.test(key) ? 'the value' : JSON.stringify(value)
  return `${key}: ${shown} in ${origin} must be ${expects}`
}

function readFile(
  file: ConfigurationSources['file'],
  faults: string[],
): Readonly<Record<string, unknown>> {
  if (file === undefined) return {}
  const content = parseObject(file.text)
  if (content === undefined) {
    faults.push(`the file ${file.name} must hold one JSON object`)
    return {}
  }
  const keys = settings.map(({ key }) => key)
  for (const key of Object.keys(content)) {
    if (keys.includes(key)) continue
    faults.push(`${key}: unknown in the file ${file.name}${hint(key, keys)}`)
  }
  return content
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isObject ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

function unknownVariables(environment: ConfigurationSources['environment']): readonly string[] {
  const known = [...settings.map(({ key }) => variableOf(key)), ...otherVariables]
  return Object.keys(environment)
    .filter((name) => name.startsWith('HOLDFAST_') && !known.includes(name))
    .map((name) => `${name}: unknown variable${hint(name, known)}`)
}

function hint(name: string, known: readonly string[]): string {
  const nearest = nearestName(name, known)
  return nearest === undefined ? '; remove it' : `; did you mean ${nearest}?`
}

function faultsTogether(given: NodeSettings): readonly string[] {
  const faults: string[] = []
  if (given.peers.some(({ node }) => node === given.name)) {
    faults.push(`peers: ${given.name} is this node itself; name the others only`)
  }
  if (given.peers.length > 0 && given.peerToken === undefined) {
    const variable = variableOf('peerToken')
    faults.push(`peerToken is missing: nodes need one in common; give ${variable} on every node`)
  }
  if (given.join && given.peers.length === 0) {
    faults.push('join: there is nobody to join; name at least one node in peers')
  }
  if ((given.tlsCert === undefined) !== (given.tlsKey === undefined)) {
    faults.push('tlsCert and tlsKey: give both or none')
  } else if (given.tlsCert === undefined && !isLoopback(given.host)) {
    const files = `${flagOf('tlsCert')} FILE and ${flagOf('tlsKey')} FILE`
    const fault = `host: other machines come in at ${given.host}, which needs TLS`
    faults.push(`${fault}: give ${files}, or listen on 127.0.0.1`)
  }
  return faults
}
