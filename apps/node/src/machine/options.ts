import type { MembershipOptions } from '@holdfast/membership'
import type { Millis } from '@holdfast/primitives'

export interface NodeLimits {
  /** How long a session may be silent, ms. Default 10,000. */
  readonly sessionLeaseMs: Millis
  /** How long a leaving node lets its sessions finish, ms. Default 5,000. */
  readonly drainMs: Millis
  /** Sessions of one node. Default 10,000. */
  readonly sessionsMax: number
  /** Lock calls that wait while the node may not act. Default 10,000. */
  readonly heldCallsMax: number
  /** Locks that a node tells of while it may not act; otherwise they come in pages. Default 1,000. */
  readonly reportedLocksMax: number
}

export interface NodeMachineOptions {
  readonly membership: MembershipOptions
  readonly limits?: Partial<NodeLimits>
}

const defaults: NodeLimits = {
  sessionLeaseMs: 10_000,
  drainMs: 5_000,
  sessionsMax: 10_000,
  heldCallsMax: 10_000,
  reportedLocksMax: 1_000,
}

export function limitsOf(options: NodeMachineOptions): NodeLimits {
  return { ...defaults, ...options.limits }
}
