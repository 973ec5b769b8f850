import type { LockMode } from '@holdfast/lock-engine/messages'
import type { Millis, Random } from '@holdfast/primitives'
import type { Client, ClientBehaviour } from '../contract.ts'
import type { Rings } from './rings.ts'

/** What a client does, all its life. */
export const kinds = ['worker', 'keeper', 'gardener', 'ringer', 'testator'] as const
export type Kind = (typeof kinds)[number]

/** What the clients of one world do; all of it drawn from the seed. Shares are per hundred. */
export interface WorkloadOptions {
  readonly spaces: readonly string[]
  readonly hotNames: number
  readonly coldNames: number
  readonly hotShare: number
  readonly thinkMs: Millis
  readonly holdMs: Millis
  readonly locksMax: number
  /** Each mode as often as it is wanted. */
  readonly modes: readonly LockMode[]
  readonly noQueueShare: number
  readonly useValueShare: number
  readonly notifyShare: number
  /** How often the end of a hold is a conversion and not an unlock. */
  readonly convertShare: number
  readonly queueFairShare: number
  readonly cancelShare: number
  readonly unlockPendingShare: number
  readonly writeShare: number
  readonly invalidateShare: number
  /** How often a blocking notice makes the holder give way. */
  readonly giveWayShare: number
  readonly closeShare: number
  /** Locks on parts of resources. */
  readonly rangeShare: number
  readonly ownerShare: number
  readonly aloneShare: number
  /** Each rarer term of a call, as often as it is drawn at all. */
  readonly terms: Readonly<Record<TermName, number>>
  /** Levels of the trees of gardeners. */
  readonly levels: number
  /** Parties of a ring. */
  readonly ringSize: number
  readonly ringMs: Millis
  /** How often a party of a ring takes back what it waits for. */
  readonly ringBreakShare: number
  /** How often what a party of a ring asks for is asked for at another node, as the same owner. */
  readonly ringOwnerShare: number
  /** The lockspaces are opened, with these attributes; otherwise they are used as they are. */
  readonly opened:
    | { readonly deadlockMs: Millis; readonly mastering: 'directory' | 'hash' }
    | undefined
  /** How often a client leaves a lockspace. */
  readonly leaveShare: number
}

export const termNames = [
  'timeoutMs',
  'alternatePR',
  'alternateCW',
  'demote',
  'atHead',
  'anyOrder',
  'expedite',
  'tellHolders',
  'noDeadlockWait',
  'noDeadlockBlock',
  'priority',
  'persistent',
  'masterHere',
] as const
export type TermName = (typeof termNames)[number]

export interface Workload extends ClientBehaviour {
  /** No new requests: what is held is unlocked, what is granted from now on too. */
  settle(): void
  /** Nobody connects any more. */
  stop(): void
}

export interface WorkloadSetup {
  readonly options: WorkloadOptions
  readonly random: Random
  readonly kind: Kind
  /** Its place among the clients of its kind. */
  readonly place: number
  readonly rings: Rings
  /** Tries to connect again after that long. */
  readonly reconnect: (client: Client, delayMs: Millis) => void
  readonly nextValue: () => Uint8Array
}
