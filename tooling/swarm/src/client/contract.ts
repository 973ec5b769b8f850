import type { LockMode, LockRange, ResourceName, SessionCall } from '@holdfast/lock-engine/messages'
import type { Instant, Millis, Random } from '@holdfast/primitives'
import type { Belief } from '../facts.ts'
import type { Connection, ConnectionEvents } from './connection.ts'
import type { History } from './history.ts'

type Call<Kind> = Extract<SessionCall, { readonly kind: Kind }>

export interface PendingCall {
  readonly call: number
  readonly kind: 'request' | 'adopt' | 'convert'
  readonly mode: LockMode
  /** What it says of `persistent`, which counts when it is granted or queued. */
  readonly persistent: boolean | undefined
  readonly calledAt: Instant
  cancelling: boolean
}

/** A lock as its client sees it, from the request to the end. */
export interface ClientLock {
  readonly lock: number
  readonly resource: ResourceName
  readonly belief: Belief
  readonly parent: ClientLock | undefined
  readonly useValue: boolean
  /** Whether it stays when its session ends; `undefined` when nobody can tell from outside. */
  persistent: boolean | undefined
  /** As the service last told; `undefined` until the first grant. */
  granted: LockMode | undefined
  range: LockRange | undefined
  pending: PendingCall | undefined
  unlocking: boolean
}

export interface ClientSetup {
  readonly name: string
  readonly random: Random
  readonly clockRate: number
  readonly clockOffsetMs: Millis
  readonly rho: number
  readonly pingMs: Millis
  readonly now: () => Instant
  readonly at: (time: Instant, action: () => void) => void
  readonly history: History
  /** `undefined` when no node takes it. */
  readonly connect: (label: string, events: ConnectionEvents) => Connection | undefined
  readonly behaviour: ClientBehaviour
}

/** What a client does with its session; told when it may act. */
export interface ClientBehaviour {
  onOpened(client: Client): void
  onGranted(client: Client, lock: ClientLock): void
  onBlocking(client: Client, lock: ClientLock, mode: LockMode): void
  /** The lock has no pending call any more and was not granted what it asked for. */
  onDenied(client: Client, lock: ClientLock): void
  /** Its unlock was refused. */
  onKept?(client: Client, lock: ClientLock): void
  onEnded(client: Client): void
}

interface OfClient {
  readonly parent?: ClientLock
}

export type RequestOptions = Omit<Call<'request'>, 'kind' | 'call' | 'lock' | 'parent'> & OfClient
export type AdoptOptions = Omit<Call<'adopt'>, 'kind' | 'call' | 'lock' | 'parent'> & OfClient

/** `value` is written where the table says so, when the lock uses the value block. */
export type ConvertOptions = Omit<Call<'convert'>, 'kind' | 'call' | 'lock' | 'useValue'> & {
  readonly value: Uint8Array
}

export type UnlockOptions = Omit<Call<'unlock'>, 'kind' | 'call' | 'lock'>
export type CancelOptions = Omit<Call<'cancel'>, 'kind' | 'call' | 'lock'>
export type OpenSpaceOptions = Omit<Call<'open-space'>, 'kind' | 'call'>
export type LeaveSpaceOptions = Omit<Call<'leave-space'>, 'kind' | 'call'>
export type PurgeOptions = Omit<Call<'purge'>, 'kind' | 'call'>

export interface Client {
  readonly name: string
  /** True between the first pong and the end of the session. */
  readonly trusted: boolean
  readonly connected: boolean
  readonly node: string | undefined
  readonly locks: ReadonlyMap<number, ClientLock>
  /** Calls that have no completion yet: number, what it was, since when. */
  readonly openCalls: ReadonlyMap<number, { readonly kind: string; readonly since: Instant }>
  readonly granted: number
  open(): boolean
  /** The lock that is asked for. */
  request(options: RequestOptions): ClientLock
  adopt(options: AdoptOptions): ClientLock
  convert(lock: ClientLock, options: ConvertOptions): void
  unlock(lock: ClientLock, options: UnlockOptions): void
  cancel(lock: ClientLock, options?: CancelOptions): void
  openSpace(options: OpenSpaceOptions): void
  leaveSpace(options: LeaveSpaceOptions): void
  purge(options: PurgeOptions): void
  /** Does it later, if the session still lives and the process runs by then. */
  later(delayMs: Millis, action: () => void): void
  /** Ends the session by the call for it. */
  close(): void
  /** The process dies; the node hears of it after that long, or never. */
  crash(tellAfterMs: number | undefined): void
  /** The process does not run until then; its clock does. */
  hang(until: Instant): void
}
