/** What an operator calls a node: 1 to 64 characters of `a-z A-Z 0-9 . _ -`. */
export type NodeName = string

/** The small number (1 and up) that the cluster gives a name on its first admission, for good. */
export type NodeId = number

/**
 * One start of a process: 16 hexadecimal digits, drawn at random at the start.
 *
 * Random rather than counted, because a disk that was rolled back or copied would repeat a counter
 * (Wanted: "a restarted node never reuses an incarnation", whatever its disk says).
 */
export type Incarnation = string

/** The number of a view. Rises by one from view to view; 0 means before the first. */
export type Epoch = number

const NAME_LENGTH_MAX = 64

/** True for a legal node name. */
export function isNodeName(value: unknown): value is NodeName {
  if (typeof value !== 'string' || value.length === 0 || value.length > NAME_LENGTH_MAX)
    return false
  return /^[a-zA-Z0-9._-]+$/.test(value)
}

/** True for 16 lower-case hexadecimal digits. */
export function isIncarnation(value: unknown): value is Incarnation {
  return typeof value === 'string' && /^[0-9a-f]{16}$/.test(value)
}
