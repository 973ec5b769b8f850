/** Named limits: nothing a peer, a disk or an operator gives may grow past them. */
export const MEMBERS_MAX = 128
export const VOTERS_MAX = 32
/** Ghosts a view may carry; a leader waits for activation before it would exceed this. */
export const GHOSTS_MAX = 512
/** Names whose small number is remembered after they departed. */
export const NAMES_MAX = 512
export const VOTES_MAX = 1000
/** How large a part of the work of the layer above a member may ask for. */
export const WEIGHT_MAX = 10
/** Notes in one proposal, and in one view. */
export const NOTES_MAX = 128
export const NOTE_LENGTH_MAX = 640
/** All notes of one proposal together, and of one view, in UTF-16 units. */
export const NOTES_LENGTH_MAX = 16_384
export const ADDRESS_LENGTH_MAX = 256
export const CLUSTER_LENGTH_MAX = 64
export const REASON_LENGTH_MAX = 256
export const PENDING_JOINS_MAX = 128
/** Heartbeats whose send time is remembered while their echo may still come. */
export const SENDS_MAX = 64
/** Promises a voter remembers; above this it supports nobody new. */
export const PROMISES_MAX = 1024
/** Messages held back until a record is on the disk. */
export const HELD_BACK_MAX = 1024
/** Addresses learned from messages. */
export const ADDRESS_BOOK_MAX = 512
/** Own-health score: 0 is well, 8 is worst (Lifeguard's range). */
export const HEALTH_MAX = 8
export const ROUND_MAX: number = 2 ** 48
