import type { Line } from './line.ts'

/** What the story tells a worker. */
export type WorkerOrder =
  /** Take the lock once more, say so, and keep it until the end comes. */
  | { readonly kind: 'hold' }
  /** Write a line only now and then. */
  | { readonly kind: 'calm' }
  /** Finish what is under way and end. */
  | { readonly kind: 'stop' }

/** A line as it travels between processes, which know no bigint. */
export interface SentLine {
  readonly token: string
  readonly worker: string
  readonly n: number
}

/** What a worker tells the story. */
export type WorkerNews =
  | { readonly kind: 'connected'; readonly node: string }
  | { readonly kind: 'wrote'; readonly line: SentLine }
  | { readonly kind: 'read' }
  | { readonly kind: 'holding'; readonly token: string }
  /** A lock or a session was lost: expected when something is killed. */
  | { readonly kind: 'lost'; readonly reason: string }
  /** Something that must never happen. */
  | { readonly kind: 'fault'; readonly sentence: string }

export function toSent({ token, worker, n }: Line): SentLine {
  return { token: String(token), worker, n }
}

export function fromSent({ token, worker, n }: SentLine): Line {
  return { token: BigInt(token), worker, n }
}
