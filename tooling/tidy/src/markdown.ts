/** A fenced block of a Markdown page. */
export interface CodeBlock {
  readonly language: string
  readonly text: string
  /** Line of the opening fence, counted from 1. */
  readonly line: number
}

interface PageParts {
  readonly blocks: readonly CodeBlock[]
  /** The page with every fenced block emptied, line for line. */
  readonly prose: readonly string[]
}

/** Separates what a page says from the code that it shows. */
export function splitPage(text: string): PageParts {
  const blocks: CodeBlock[] = []
  const prose: string[] = []
  let open: { fence: string; language: string; line: number; lines: string[] } | undefined
  for (const [index, line] of text.split('\n').entries()) {
    const fence = /^\s*(`{3,}|~{3,})\s*([\w-]*)/.exec(line)
    if (open === undefined && fence === null) {
      prose.push(line)
      continue
    }
    prose.push('')
    if (open === undefined) {
      open = { fence: fence?.[1] ?? '', language: fence?.[2] ?? '', line: index + 1, lines: [] }
    } else if (line.trim() === open.fence) {
      blocks.push({ language: open.language, text: open.lines.join('\n'), line: open.line })
      open = undefined
    } else {
      open.lines.push(line)
    }
  }
  return { blocks, prose }
}

/** The anchors that the headings of a page give, in the way GitHub names them. */
export function readAnchors(text: string): readonly string[] {
  const seen = new Map<string, number>()
  return splitPage(text).prose.flatMap((line) => {
    const heading = /^#{1,6}\s+(.*?)\s*#*$/.exec(line)?.[1]
    if (heading === undefined) return []
    const plain = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase()
    const slug = plain.replace(/[^\p{L}\p{N}\s_-]/gu, '').replace(/\s/g, '-')
    const count = seen.get(slug) ?? 0
    seen.set(slug, count + 1)
    return [count === 0 ? slug : `${slug}-${count}`]
  })
}
