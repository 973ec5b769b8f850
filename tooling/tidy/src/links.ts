import { posix } from 'node:path'
import { readAnchors, splitPage } from './markdown.ts'
import type { SourceFile } from './tree.ts'

/** What the rule may ask about the tree. */
export interface LinkTargets {
  isPresent(path: string): boolean
  readText(path: string): string
}

const externalScheme = /^[a-z][a-z0-9+.-]*:/i

/** Links of one page whose file or heading does not exist. */
export function findLinkFaults(page: SourceFile, targets: LinkTargets): readonly string[] {
  return splitPage(page.text).prose.flatMap((line, index) => {
    const text = line.replace(/`[^`]*`/g, '')
    const inline = [...text.matchAll(/\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g)]
    const reference = [...text.matchAll(/^\[[^\]]+\]:\s+(\S+)/g)]
    return [...inline, ...reference].flatMap((match) => {
      const fault = judgeLink(page, match[1] ?? '', targets)
      return fault === undefined ? [] : [`${page.path}:${index + 1} ${fault}`]
    })
  })
}

function judgeLink(page: SourceFile, link: string, targets: LinkTargets): string | undefined {
  if (externalScheme.test(link)) return undefined
  const [file = '', anchor] = link.split('#', 2)
  const path = file === '' ? page.path : posix.join(posix.dirname(page.path), decodeURI(file))
  if (path.startsWith('..') || posix.isAbsolute(file)) return `${link} leaves the repository`
  if (file !== '' && !targets.isPresent(path)) return `${link} leads nowhere`
  if (anchor === undefined || !path.endsWith('.md')) return undefined
  const text = file === '' ? page.text : targets.readText(path)
  return readAnchors(text).includes(anchor) ? undefined : `${link} names no heading of ${path}`
}
