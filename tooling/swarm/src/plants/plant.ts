/** A bug that is planted on purpose, as a textual change of one source file. */
export interface Plant {
  readonly name: string
  readonly group: 'membership' | 'locks' | 'recovery'
  /** From the root of the repository. */
  readonly file: string
  /** Occurs exactly once in the file. */
  readonly find: string
  readonly replace: string
  readonly note: string
  /** The hand-written script that hits it, where chance alone takes too long. */
  readonly schedule?: string
}
