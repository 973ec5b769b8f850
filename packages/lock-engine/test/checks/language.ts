/**
 * The language of the checks. A check is a text of commands; what the sessions hear stands indented
 * below the command that causes it, lock by lock in the order in which the locks were asked for.
 *
 *   no anchor                      see `runs.ts`
 *   session NAME [apart]           apart: on a node of its own in every run
 *   request SESSION LOCK RESOURCE MODE [flags]
 *   adopt SESSION LOCK RESOURCE MODE [flags]
 *   convert LOCK MODE [flags]
 *   unlock LOCK [flags]
 *   cancel LOCK [subtree]
 *   purge SESSION [node-of=SESSION]
 *   open SESSION LOCKSPACE [deadlockMs=MS] [valueBytes=N] [mastering=hash]
 *   leave SESSION LOCKSPACE unused|idle|discard
 *   close SESSION
 *   kill SESSION                   its node dies, and the view without it becomes active
 *   pass MS                        time passes
 *   --- recovery ---               here, in the runs with a recovery; before the last third otherwise
 *
 * Flags have the names of `messages.ts`: a word alone is true, `persistent=no` is false, and
 * `range=0-9`, `priority=5`, `timeoutMs=500`, `parent=LOCK`, `owner=t1`, `value=text`, `subtree=with`,
 * `space=LOCKSPACE`.
 * After each command all messages are delivered; behind a command that ends with ` &` they stay under
 * way, and what is heard is told with the next command.
 *
 * A line that begins with a word in brackets is expected in some runs only:
 *
 *   (lost) (saved)                 those in which the master died, all others
 *   (remastered) (kept)            those in which it died or left, all others
 */
export interface Step {
  readonly line: string
  readonly verb: string
  readonly words: readonly string[]
  readonly flags: ReadonlyMap<string, string>
  /** Its messages stay under way until the next command. */
  readonly isOpen: boolean
  readonly expected: readonly Expected[]
}

interface Expected {
  readonly text: string
  readonly tag?: Tag
}

const tags = ['lost', 'saved', 'remastered', 'kept'] as const
export type Tag = (typeof tags)[number]

export const recoveryLine = '--- recovery ---'

export interface Check {
  /** The comment above the first command: which rule, and where it comes from. */
  readonly about: string
  readonly steps: readonly Step[]
}

export function parseCheck(text: string): Check {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  const about = lines.filter((line) => line.startsWith('#'))
  const steps: Step[] = []
  for (const line of lines.filter((one) => !one.startsWith('#'))) {
    if (line.startsWith('  ')) heardBelow(steps, line.trim())
    else steps.push(stepOf(line))
  }
  return { about: about.join('\n'), steps }
}

function heardBelow(steps: Step[], said: string): void {
  const last = steps.pop()
  if (last === undefined) throw new Error(`nobody causes: ${said}`)
  const [, word, rest] = /^\((\w+)\) (.+)$/.exec(said) ?? []
  const tag = tags.find((one) => one === word)
  if (word !== undefined && tag === undefined) throw new Error(`no such runs: ${said}`)
  const expected = tag === undefined ? { text: said } : { text: rest ?? '', tag }
  steps.push({ ...last, expected: [...last.expected, expected] })
}

function stepOf(line: string): Step {
  if (line === recoveryLine) return step(line, { verb: 'recovery' })
  const isOpen = line.endsWith(' &')
  const [verb = '', ...rest] = line.replace(/ &$/, '').split(' ')
  const flags = new Map<string, string>()
  for (const word of rest.filter(isFlag)) {
    const [name = '', value = ''] = word.split('=')
    flags.set(name, value)
  }
  return step(line, { verb, isOpen, flags, words: rest.filter((word) => !isFlag(word)) })
}

function step(line: string, given: Partial<Step>): Step {
  return { line, verb: '', words: [], flags: new Map(), isOpen: false, expected: [], ...given }
}

const flagWords = [
  'noQueue',
  'tellHolders',
  'atHead',
  'anyOrder',
  'alternatePR',
  'alternateCW',
  'noDeadlockWait',
  'noDeadlockBlock',
  'persistent',
  'useValue',
  'notify',
  'expedite',
  'alone',
  'masterHere',
  'queueFair',
  'demote',
  'invalidate',
  'force',
  'subtree',
]

const flagsWithText = [
  'range',
  'priority',
  'timeoutMs',
  'parent',
  'owner',
  'value',
  'subtree',
  'persistent',
  'space',
  'node-of',
  'deadlockMs',
  'valueBytes',
  'mastering',
]

function isFlag(word: string): boolean {
  const [name = '', value] = word.split('=')
  if (value === undefined) return flagWords.includes(name)
  if (!flagsWithText.includes(name)) throw new Error(`no such flag: ${word}`)
  return true
}
