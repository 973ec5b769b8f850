/** How the command ends; the numbers of sysexits.h where there is one. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 64,
  /** A script of the shell heard something else than it expected. */
  unmet: 65,
  /** No node could be reached, or the cluster cannot act. */
  unavailable: 69,
  /** A bug of this program. */
  internal: 70,
  /** Chosen to give way in a deadlock. */
  deadlock: 73,
  /** The lock was not to be had in time. */
  busy: 75,
  /** The lock was lost while the command ran. */
  lost: 76,
  /** The command could not be started. */
  notExecutable: 126,
  notFound: 127,
  /** Ended by a signal: this and the signal's number. */
  signalled: 128,
  /** Ended by Ctrl-C. */
  interrupted: 130,
  /** Whoever read the output has gone. */
  brokenPipe: 141,
} as const

/** Ends the command with a sentence for people and a number for scripts. */
export class ExitError extends Error {
  override readonly name = 'ExitError'
  readonly exitCode: number

  constructor(sentence: string, options: ErrorOptions & { readonly exitCode: number }) {
    super(sentence, options)
    this.exitCode = options.exitCode
  }

  static is(value: unknown): value is ExitError {
    return value instanceof Error && value.name === 'ExitError' && 'exitCode' in value
  }
}
