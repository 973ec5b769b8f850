import { packageOf, readImports } from './imports.ts'
import type { Manifest } from './manifest.ts'
import type { SourceFile } from './tree.ts'

/** What one package may lean on. Workspace packages are named without their scope. */
export interface Allowance {
  readonly workspace: readonly string[]
  /** May be named by `import type` only: shapes cross this border, code does not. */
  readonly typesOnly?: readonly string[]
  /** Of this package only these subpaths may be imported. */
  readonly subpathsOnly?: Readonly<Record<string, readonly string[]>>
  /** Packages from the registry. */
  readonly registry: readonly string[]
  /** Needed by the package's own tests, and by nothing that is published. */
  readonly testing?: readonly string[]
  /** Optional peers and the folder under `src` that alone may import them. */
  readonly peers?: Readonly<Record<string, string>>
}

const everyPackage = [
  'primitives',
  'membership',
  'lock-engine',
  'recovery',
  'transport',
  'transport-ws',
  'driver',
  'client',
]

/**
 * Who may depend on whom. Arrows point towards stability; only apps choose an adapter, and the one
 * exception is written down here: `client` opens a WebSocket for its `connect(url)`.
 */
export const matrix: Readonly<Record<string, Allowance>> = {
  'packages/primitives': { workspace: [], registry: [] },
  'packages/membership': {
    workspace: ['primitives'],
    registry: ['zod'],
    testing: ['simulator'],
  },
  'packages/lock-engine': {
    workspace: ['primitives'],
    registry: ['zod'],
    testing: ['simulator'],
  },
  'packages/recovery': {
    workspace: ['primitives'],
    typesOnly: ['membership', 'lock-engine'],
    registry: ['zod'],
    testing: ['simulator'],
  },
  'packages/transport': {
    workspace: ['primitives'],
    registry: ['zod', '@msgpack/msgpack'],
    testing: ['simulator'],
    peers: { vitest: 'conformance' },
  },
  'packages/transport-ws': {
    workspace: ['primitives', 'transport'],
    registry: ['zod', 'ws', '@msgpack/msgpack'],
  },
  'packages/driver': {
    workspace: ['primitives', 'transport'],
    registry: ['zod', '@msgpack/msgpack'],
  },
  'packages/client': {
    workspace: ['primitives', 'transport', 'transport-ws', 'driver', 'lock-engine'],
    subpathsOnly: { 'lock-engine': ['messages', 'rules'] },
    registry: ['zod', '@msgpack/msgpack'],
  },
  'packages/simulator': { workspace: ['primitives'], registry: [] },
  'apps/node': {
    workspace: everyPackage,
    registry: ['zod', 'ws', '@msgpack/msgpack'],
    testing: ['simulator'],
  },
  'apps/cli': {
    workspace: ['node', 'client', 'transport', 'transport-ws', 'primitives'],
    registry: ['zod', 'ws', '@msgpack/msgpack', 'commander', 'picocolors'],
  },
}

const scope = '@holdfast/'

function inScope(names: readonly string[] | undefined): readonly string[] {
  return (names ?? []).map((name) => `${scope}${name}`)
}

/** Faults of what a package declares, one sentence each. */
export function findManifestFaults(manifest: Manifest, allowance: Allowance): readonly string[] {
  const runtime = [
    ...inScope(allowance.workspace),
    ...inScope(allowance.typesOnly),
    ...allowance.registry,
  ]
  const testing = [...inScope(allowance.testing), ...runtime]
  const refused = Object.keys(manifest.dependencies ?? {})
    .filter((name) => !runtime.includes(name))
    .map((name) => `${manifest.name} may not depend on ${name}`)
  const refusedInTests = Object.keys(manifest.devDependencies ?? {})
    .filter((name) => name.startsWith(scope) && !testing.includes(name))
    .map((name) => `the tests of ${manifest.name} may not depend on ${name}`)
  return [...refused, ...refusedInTests, ...findPeerFaults(manifest, allowance)]
}

function findPeerFaults(manifest: Manifest, allowance: Allowance): readonly string[] {
  return Object.keys(manifest.peerDependencies ?? {}).flatMap((name) => {
    if (!Object.hasOwn(allowance.peers ?? {}, name)) {
      return [`${manifest.name} may not have the peer ${name}`]
    }
    const optional = manifest.peerDependenciesMeta?.[name]?.optional === true
    return optional ? [] : [`${manifest.name}: the peer ${name} must be optional`]
  })
}

/** Faults of what a package's sources import, one sentence each. */
export function findImportFaults(
  folder: string,
  allowance: Allowance,
  sources: readonly SourceFile[],
): readonly string[] {
  return sources.flatMap((source) =>
    readImports(source.text).flatMap(({ specifier, typeOnly }) => {
      const fault = judgeImport({ folder, allowance, path: source.path, specifier, typeOnly })
      return fault === undefined ? [] : [`${source.path} ${fault}`]
    }),
  )
}

interface ImportCase {
  readonly folder: string
  readonly allowance: Allowance
  readonly path: string
  readonly specifier: string
  readonly typeOnly: boolean
}

function judgeImport(given: ImportCase): string | undefined {
  const { folder, allowance, path, specifier, typeOnly } = given
  const name = packageOf(specifier)
  if (name === undefined) {
    return leavesSources(folder, path, specifier) ? `leaves src by ${specifier}` : undefined
  }
  const peerFolder = allowance.peers?.[name]
  if (peerFolder !== undefined) {
    if (path.startsWith(`${folder}/src/${peerFolder}/`)) return undefined
    return `imports ${name}, which only src/${peerFolder} may`
  }
  if (inScope(allowance.typesOnly).includes(name)) {
    return typeOnly ? undefined : `imports code of ${name}, of which it may import types only`
  }
  if (![...inScope(allowance.workspace), ...allowance.registry].includes(name)) {
    return `imports ${specifier}, which ${folder} may not`
  }
  const subpaths = allowance.subpathsOnly?.[name.slice(scope.length)]
  if (subpaths !== undefined && !subpaths.includes(specifier.slice(name.length + 1))) {
    return `imports ${specifier}; of ${name} only these subpaths are open: ${subpaths.join(', ')}`
  }
  return undefined
}

function leavesSources(folder: string, path: string, specifier: string): boolean {
  if (!specifier.startsWith('.')) return false
  const target = new URL(specifier, `file:///${path}`).pathname.slice(1)
  return !target.startsWith(`${folder}/src/`)
}
