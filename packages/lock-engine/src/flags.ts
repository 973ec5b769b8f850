/** The yes-or-no terms of a call, as bits: between nodes and in the tables they are one number. */
import type { SessionCall } from './messages.ts'

type FlagOf<Call> = Call extends unknown
  ? {
      [Field in keyof Call]-?: NonNullable<Call[Field]> extends boolean ? Field : never
    }[keyof Call]
  : never

/** Every boolean of a request, an adoption or a conversion. */
export type FlagName = FlagOf<Extract<SessionCall, { kind: 'request' | 'adopt' | 'convert' }>>

const ofCalls: Readonly<Record<FlagName, number>> = {
  noQueue: 1 << 0,
  queueFair: 1 << 1,
  useValue: 1 << 2,
  notify: 1 << 3,
  tellHolders: 1 << 4,
  atHead: 1 << 5,
  anyOrder: 1 << 6,
  alternatePR: 1 << 7,
  alternateCW: 1 << 8,
  noDeadlockWait: 1 << 9,
  noDeadlockBlock: 1 << 10,
  persistent: 1 << 11,
  expedite: 1 << 12,
  demote: 1 << 13,
  invalidate: 1 << 14,
  masterHere: 1 << 15,
  alone: 1 << 16,
}

/** Beyond those of the calls: `adopt` is the call itself, `hashed` comes from the lockspace. */
export const flag: Readonly<Record<FlagName | 'adopt' | 'hashed', number>> = {
  ...ofCalls,
  adopt: 1 << 17,
  hashed: 1 << 18,
}

export const flagsMax: number = (1 << 19) - 1

/** What stays with a lock from call to call. */
export const traits: number = flag.notify | flag.noDeadlockBlock | flag.persistent | flag.alone

/** Nobody can say the others in a call, however little is checked of it on its way here. */
const named: ReadonlyMap<string, number> = new Map(Object.entries(ofCalls))

/** What is named costs; what is not, does not: a call has far fewer fields than there are flags. */
export function flagsOf(call: Readonly<Record<string, unknown>>): number {
  let bits = 0
  for (const name in call) {
    if (call[name] === true) bits |= named.get(name) ?? 0
  }
  return bits
}

export function has(bits: number, wanted: number): boolean {
  return (bits & wanted) !== 0
}
