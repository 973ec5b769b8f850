/** What the lockspaces of one node take at most. Reaching a limit is a refusal. */
export interface SpaceLimits {
  /** Lockspaces that sessions of this node have open, are opening or are leaving. Default 1,024. */
  readonly spacesMax: number
  /** Calls that wait for one lockspace to be opened. Default 4,096. */
  readonly openersMax: number
}

export const defaultSpaceLimits: SpaceLimits = {
  spacesMax: 1_024,
  openersMax: 4_096,
}
