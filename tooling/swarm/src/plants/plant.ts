export interface Edit {
  /** From the root of the repository. */
  readonly file: string
  /** Occurs exactly once in the file. */
  readonly find: string
  readonly replace: string
}

/** A bug that is planted on purpose, as a textual change of one source file. */
export interface Plant extends Edit {
  readonly name: string
  readonly group: 'membership' | 'locks' | 'recovery' | 'calls' | 'deadlock'
  /** The same rule where it is kept a second time: the bug is to forget it in all places. */
  readonly also?: readonly Edit[]
  readonly note: string
  /** The hand-written script that hits it, where chance alone takes too long. */
  readonly schedule?: string
}
