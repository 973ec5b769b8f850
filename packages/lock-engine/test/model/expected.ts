/** What a run must have in it to say anything, each many times. */
import { modes, valueCell } from '../harness/specification.ts'
import { purges } from './workload.ts'

const alternates =
  'alternate PR at once, alternate PR later, alternate CW at once, alternate CW later'
const ends =
  'granted at once, granted later, denied, deadlock, cancelled, timed-out, unlocked, refused'
const flags = 'range noQueue tellHolders atHead anyOrder alternatePR alternateCW noDeadlockWait'
const state = 'noDeadlockBlock persistent priority'

function each(how: string, ...names: readonly string[]): string {
  return names.flatMap((line) => line.split(' ').map((name) => `${how} ${name}`)).join(', ')
}

const perKind: Readonly<Record<string, readonly string[]>> = {
  request: [
    ends,
    'quota',
    alternates,
    each('with', flags, state, 'timeoutMs expedite parent owner alone'),
    each('refused', flags, 'timeoutMs expedite parent owner alone priority masterHere'),
  ],
  convert: [
    ends,
    alternates,
    each('demoted', 'granted cancelled timed-out unlocked'),
    each('with', flags, state, 'timeoutMs queueFair demote value invalidate'),
    each('refused', flags, 'timeoutMs queueFair demote value invalidate priority'),
  ],
  unlock: [
    'unlocked, refused, children, also',
    each('with', 'value invalidate subtree force'),
    each('refused', 'value invalidate force'),
  ],
  cancel: ['cancelled, nothing-to-cancel, also, with subtree'],
  adopt: ['granted, denied, not-found, refused, quota', each('with', 'parent owner persistent')],
  told: ['CR, CW, PR, PW, EX, of itself, while converting'],
  granted: ['beside its owner, beside another range'],
  orphan: ['stays, stays above another'],
}

const cells = (['none', ...modes] as const).flatMap((from) =>
  modes.map((to) => `value ${from} to ${to} ${valueCell(from, to)}`),
)
const marks = (['PW', 'EX'] as const).flatMap((from) =>
  modes.filter((to) => valueCell(from, to) === 'W').map((to) => `value mark ${from} to ${to}`),
)

/** What must happen in worlds of so many nodes. */
export function expectedOf(nodes: number): readonly string[] {
  const places = ['master local', 'master remote', 'directory on a third node']
  return [...expected, ...places.slice(0, nodes), ...(purges ? ['purged some'] : [])]
}

const expected: readonly string[] = [
  ...Object.entries(perKind).flatMap(([kind, lines]) =>
    lines.flatMap((line) => line.split(', ').map((what) => `${kind} ${what}`)),
  ),
  ...cells,
  ...marks,
  'value not valid',
]
