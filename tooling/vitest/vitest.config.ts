import { defineConfig } from 'vitest/config'

export default defineConfig({
  root: new URL('../..', import.meta.url).pathname,
  // Tests run on the sources. The condition stands in both places because Vitest resolves what the
  // tests import under `ssr`.
  ssr: { resolve: { conditions: ['@holdfast/source', 'node', 'import', 'default'] } },
  resolve: { conditions: ['@holdfast/source'] },
  test: {
    include: [
      'packages/*/test/**/*.test.ts',
      'apps/*/test/**/*.test.ts',
      'tooling/*/test/**/*.test.ts',
    ],
    allowOnly: false,
    passWithNoTests: false,
    // Long enough for tests that start processes on a busy machine with two processors.
    testTimeout: 30_000,
    hookTimeout: 30_000,
    maxWorkers: 2,
  },
})
