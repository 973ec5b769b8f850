/** Reads the tables of a page. */

/** One row of a table: the code in its first cell, and the text of the others. */
export interface Row {
  readonly names: readonly string[]
  readonly text: string
  readonly meaning: readonly string[]
}

/** `key` is the column that has the names; the columns before it are left out. */
export function readRows(page: string): readonly Row[] {
  let key = 0
  let header = true
  return page.split('\n').flatMap((line) => {
    if (!line.startsWith('|')) {
      header = true
      return []
    }
    const cells = line.split('|').slice(1, -1)
    if (header) {
      key = cells.findIndex((cell) => /^(theirs|ours)$/.test(cell.trim()))
      header = false
      return []
    }
    if (/^[\s|-]+$/.test(line)) return []
    const meaning = cells.slice(key + 1).map((cell) => cell.trim())
    return [{ names: codeIn(cells[key] ?? ''), text: line, meaning }]
  })
}

export function codeIn(text: string): readonly string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code)
}
