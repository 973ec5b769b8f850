import { describe, expect, test } from 'vitest'
import { matrix } from '../src/dependency-matrix.ts'
import type { Manifest } from '../src/manifest.ts'
import { readManifest } from '../src/manifest.ts'
import { findShapeFaults } from '../src/package-shape.ts'
import { isPresent, readText } from '../src/tree.ts'

const sound: Manifest = {
  name: '@holdfast/sample',
  version: '0.1.0',
  description: 'A sample',
  license: 'MIT',
  type: 'module',
  sideEffects: false,
  engines: { node: '>=24' },
  files: ['dist', 'src', 'README.md', '!dist/.tsbuildinfo'],
  exports: {
    '.': {
      '@holdfast/source': './src/index.ts',
      types: './dist/index.d.ts',
      default: './dist/index.js',
    },
    './package.json': './package.json',
  },
  scripts: { build: 'tsc -b', 'check:package': 'publint' },
}

function faultsOf(change: Partial<Manifest>, readme = '# @holdfast/sample\n'): readonly string[] {
  return findShapeFaults({ folder: 'packages/sample', manifest: { ...sound, ...change }, readme })
}

describe('the shape of a package', () => {
  test.each(Object.keys(matrix))('is kept by %s', (folder) => {
    const readme = isPresent(`${folder}/README.md`) ? readText(`${folder}/README.md`) : undefined
    expect(findShapeFaults({ folder, manifest: readManifest(folder), readme })).toEqual([])
  })

  test.each(['apps/docs', 'tooling/tidy', 'tooling/check'])('leaves %s private', (folder) => {
    expect(readManifest(folder).private).toBe(true)
  })
})

describe('a seeded fault is seen', () => {
  test('none in a sound package', () => {
    expect(faultsOf({})).toEqual([])
  })

  test.each<[string, Partial<Manifest>]>([
    ['a private package', { private: true }],
    ['a missing description', { description: '' }],
    ['another licence', { license: 'ISC' }],
    ['side effects', { sideEffects: true }],
    ['an older Node.js', { engines: { node: '>=20' } }],
    ['more files than agreed', { files: ['dist', 'src', 'test', 'README.md'] }],
    ['another build', { scripts: { build: 'true', 'check:package': 'publint' } }],
    ['no package check', { scripts: { build: 'tsc -b' } }],
    ['no entry point', { exports: { './package.json': './package.json' } }],
  ])('in a manifest with %s', (_, change) => {
    expect(faultsOf(change)).toHaveLength(1)
  })

  test('in exports in another order, by wildcard, or of two different modules', () => {
    const withEntry = (subpath: string, entry: Record<string, string> | string): Manifest => ({
      ...sound,
      exports: { ...sound.exports, [subpath]: entry },
    })
    const unordered = {
      types: './dist/a.d.ts',
      '@holdfast/source': './src/a.ts',
      default: './dist/a.js',
    }
    expect(faultsOf(withEntry('./a', unordered))).toHaveLength(1)
    expect(faultsOf(withEntry('./a', './dist/a.js'))).toHaveLength(1)
    expect(faultsOf(withEntry('./*', './dist/*.js')).length).toBeGreaterThan(0)
    const crossed = {
      '@holdfast/source': './src/a.ts',
      types: './dist/a.d.ts',
      default: './dist/b.js',
    }
    expect(faultsOf(withEntry('./a', crossed))).toHaveLength(1)
  })

  test('in a README without the heading of its package', () => {
    expect(faultsOf({}, 'Sample\n')).toHaveLength(1)
    const manifest = sound
    expect(
      findShapeFaults({ folder: 'packages/sample', manifest, readme: undefined }),
    ).toHaveLength(1)
  })
})
