/** One module that a source file names. */
export interface ImportedModule {
  readonly specifier: string
  /** True when nothing of it is left after the types are stripped. */
  readonly typeOnly: boolean
}

/**
 * Reads the module specifiers of a formatted source file. The formatter puts every static import
 * and re-export at the start of a line, so examples inside comments and texts do not count.
 */
export function readImports(text: string): readonly ImportedModule[] {
  const imports: ImportedModule[] = []
  const fromStatements = /^(import|export)\s+(type\s+)?[^'"`;]*?\bfrom\s+['"]([^'"]+)['"]/gm
  for (const match of text.matchAll(fromStatements)) {
    imports.push({ specifier: match[3] ?? '', typeOnly: match[2] !== undefined })
  }
  for (const match of text.matchAll(/^import\s+['"]([^'"]+)['"]/gm)) {
    imports.push({ specifier: match[1] ?? '', typeOnly: false })
  }
  const code = text
    .split('\n')
    .filter((line) => !/^\s*(\*|\/\/|\/\*)/.test(line))
    .join('\n')
  for (const match of code.matchAll(/\bimport\(\s*['"]([^'"]+)['"]/g)) {
    const before = code.slice(0, match.index)
    imports.push({ specifier: match[1] ?? '', typeOnly: /:\s*(typeof\s+)?$/.test(before) })
  }
  return imports
}

/** The package that a bare specifier belongs to: `@scope/name/sub` gives `@scope/name`. */
export function packageOf(specifier: string): string | undefined {
  if (specifier.startsWith('.') || specifier.startsWith('node:')) return undefined
  const parts = specifier.split('/')
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : parts[0]
}
