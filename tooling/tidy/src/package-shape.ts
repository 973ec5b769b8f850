import type { Manifest } from './manifest.ts'

/** What the rule looks at: a package's folder, manifest, README and tag. */
export interface PackageUnderReview {
  readonly folder: string
  readonly manifest: Manifest
  readonly readme: string | undefined
}

const conditions = ['@holdfast/source', 'types', 'default']

/** Faults of one published package's shape, one sentence each. */
export function findShapeFaults(reviewed: PackageUnderReview): readonly string[] {
  const { manifest, readme } = reviewed
  const expectations: readonly (readonly [boolean, string])[] = [
    [manifest.private !== true, 'is published, so it must not be private'],
    [/^\d+\.\d+\.\d+/.test(manifest.version ?? ''), 'needs a version'],
    [(manifest.description ?? '') !== '', 'needs a description'],
    [manifest.license === 'MIT', 'needs the licence MIT'],
    [manifest.type === 'module', 'must be an ES module'],
    [manifest.sideEffects === false, 'must declare sideEffects: false'],
    [manifest.engines?.['node'] === '>=24', 'must declare engines.node >=24'],
    [
      manifest.files?.join() === 'dist,src,README.md,!dist/.tsbuildinfo',
      'must publish exactly dist, src and README.md, without dist/.tsbuildinfo',
    ],
    [manifest.scripts?.['build'] === 'tsc -b', 'must build by tsc -b'],
    [manifest.scripts?.['check:package'] !== undefined, 'needs the script check:package'],
    [readme !== undefined, 'needs a README.md'],
    [
      readme === undefined || readme.startsWith(`# ${manifest.name}\n`),
      `README.md must begin with the heading "# ${manifest.name}"`,
    ],
  ]
  const faults = expectations.filter(([holds]) => !holds).map(([, sentence]) => sentence)
  return [...faults, ...findExportFaults(manifest)].map((fault) => `${manifest.name} ${fault}`)
}

function findExportFaults(manifest: Manifest): readonly string[] {
  const entries = Object.entries(manifest.exports ?? {})
  const faults: string[] = []
  if (manifest.exports?.['.'] === undefined) faults.push('needs the export "."')
  if (manifest.exports?.['./package.json'] !== './package.json') {
    faults.push('needs the export "./package.json"')
  }
  for (const [subpath, target] of entries) {
    if (subpath === './package.json') continue
    if (subpath.includes('*')) faults.push(`must not export by the wildcard ${subpath}`)
    if (typeof target === 'string' || Object.keys(target).join() !== conditions.join()) {
      faults.push(`export ${subpath} must have the conditions ${conditions.join(', ')} in order`)
      continue
    }
    const stem = target['@holdfast/source']?.replace(/^\.\/src\//, '').replace(/\.ts$/, '')
    if (target['types'] !== `./dist/${stem}.d.ts` || target['default'] !== `./dist/${stem}.js`) {
      faults.push(`export ${subpath} must name the same module in src and in dist`)
    }
  }
  return faults
}
