import { describe, expect, test } from 'vitest'
import type { Allowance } from '../src/dependency-matrix.ts'
import { findImportFaults, findManifestFaults, matrix } from '../src/dependency-matrix.ts'
import { packageOf, readImports } from '../src/imports.ts'
import { readManifest } from '../src/manifest.ts'
import { isPresent, listPaths, readFiles } from '../src/tree.ts'

function allowanceOf(folder: string): Allowance {
  const allowance = matrix[folder]
  if (allowance === undefined) throw new Error(`${folder} is not in the matrix`)
  return allowance
}

function importFault(folder: string, text: string, file = 'src/index.ts'): readonly string[] {
  return findImportFaults(folder, allowanceOf(folder), [{ path: `${folder}/${file}`, text }])
}

describe('the dependency matrix', () => {
  test('has a row for every package and app with sources', () => {
    const folders = listPaths()
      .map((path) => /^((?:packages|apps)\/[^/]+)\/src\//.exec(path)?.[1])
      .filter((folder) => folder !== undefined)
    expect([...new Set(folders)].sort()).toEqual(Object.keys(matrix).sort())
  })

  test.each(Object.entries(matrix))('allows what %s declares', (folder, allowance) => {
    expect(findManifestFaults(readManifest(folder), allowance)).toEqual([])
  })

  test.each(Object.entries(matrix))('allows what the sources of %s import', (folder, allowance) => {
    const sources = readFiles((path) => path.startsWith(`${folder}/src/`) && path.endsWith('.ts'))
    expect(sources.length).toBeGreaterThan(0)
    expect(findImportFaults(folder, allowance, sources)).toEqual([])
  })

  test('lets nothing depend on tooling', () => {
    const tools = listPaths()
      .map((path) => /^(tooling\/[^/]+)\/package\.json$/.exec(path)?.[1])
      .filter((folder) => folder !== undefined)
      .map((folder) => readManifest(folder).name)
    expect(tools.length).toBeGreaterThan(5)
    const folders = [...Object.keys(matrix), 'apps/docs'].filter((folder) => isPresent(folder))
    const named = folders.flatMap((folder) => {
      const { dependencies = {}, devDependencies = {} } = readManifest(folder)
      return Object.keys({ ...dependencies, ...devDependencies })
    })
    expect(named.filter((name) => tools.includes(name))).toEqual([])
  })
})

describe('a seeded fault is seen', () => {
  test('when a manifest names a package that it may not use', () => {
    const faults = (folder: string, name: string): readonly string[] =>
      findManifestFaults({ name: folder, dependencies: { [name]: '*' } }, allowanceOf(folder))
    expect(faults('packages/primitives', 'zod')).toHaveLength(1)
    expect(faults('packages/driver', '@holdfast/transport-ws')).toHaveLength(1)
    expect(faults('packages/driver', 'ws')).toHaveLength(1)
    expect(faults('packages/client', 'commander')).toHaveLength(1)
    expect(faults('apps/cli', 'commander')).toHaveLength(0)
    expect(faults('apps/node', '@holdfast/simulator')).toHaveLength(1)
  })

  test('when tests or peers bring in what the package may not use', () => {
    const allowance = allowanceOf('packages/transport')
    const name = 'transport'
    const dev = { name, devDependencies: { '@holdfast/client': '*', vitest: '*' } }
    expect(findManifestFaults(dev, allowance)).toHaveLength(1)
    const peer = { name, peerDependencies: { vitest: '*', ws: '*' } }
    expect(findManifestFaults(peer, allowance)).toHaveLength(2)
  })

  test('when a source imports another package than the matrix says', () => {
    expect(importFault('packages/membership', "import { a } from '@holdfast/driver'")).toHaveLength(
      1,
    )
    expect(importFault('packages/driver', "import type { A } from 'ws'")).toHaveLength(1)
    expect(importFault('packages/driver', "await import('@holdfast/client')")).toHaveLength(1)
    expect(importFault('packages/driver', "import 'left-pad'")).toHaveLength(1)
    expect(importFault('packages/driver', "export { a } from '@holdfast/client'")).toHaveLength(1)
    expect(
      importFault('packages/driver', "import {\n  a,\n  b,\n} from '@holdfast/client'"),
    ).toHaveLength(1)
    expect(importFault('packages/driver', "import { a } from '@holdfast/transport'")).toEqual([])
  })

  test('when recovery imports code where it may import types only', () => {
    const code = "import { viewOf } from '@holdfast/membership'"
    expect(importFault('packages/recovery', code)).toHaveLength(1)
    const types = "import type { View } from '@holdfast/membership'"
    expect(importFault('packages/recovery', types)).toEqual([])
  })

  test('when the client opens more of the lock engine than its messages', () => {
    expect(
      importFault('packages/client', "import { a } from '@holdfast/lock-engine'"),
    ).toHaveLength(1)
    const messages = "import { a } from '@holdfast/lock-engine/messages'"
    expect(importFault('packages/client', messages)).toEqual([])
  })

  test('when a relative import leaves the sources of its package', () => {
    expect(importFault('packages/driver', "import { a } from '../test/a.ts'")).toHaveLength(1)
    expect(
      importFault('packages/driver', "import { a } from '../../client/src/a.ts'"),
    ).toHaveLength(1)
    expect(importFault('packages/driver', "import { a } from './a.ts'")).toEqual([])
  })

  test('when vitest is imported outside the conformance kit', () => {
    const text = "import { test } from 'vitest'"
    expect(importFault('packages/transport', text)).toHaveLength(1)
    expect(importFault('packages/transport', text, 'src/conformance/kit.ts')).toEqual([])
  })
})

describe('reading imports', () => {
  test('does not take an example in a comment for an import', () => {
    expect(readImports(" * import { a } from 'x'\n// import 'y'\n * await import('z')")).toEqual([])
  })

  test('tells types from code, and packages from their subpaths', () => {
    expect(readImports("import type { A } from 'a'\nexport type { B } from 'b/c'")).toEqual([
      { specifier: 'a', typeOnly: true },
      { specifier: 'b/c', typeOnly: true },
    ])
    expect(packageOf('@holdfast/transport/link')).toBe('@holdfast/transport')
    expect(packageOf('zod/mini')).toBe('zod')
    expect(packageOf('node:fs')).toBeUndefined()
  })
})
