import { type LockQueryFilter, nameOfBytes } from '@holdfast/client'
import { EXIT, ExitError } from '../exit-code.ts'
import { readGivenName } from '../given-name.ts'

export interface LocksFlags {
  readonly space?: string
  readonly resource?: readonly string[]
  readonly session?: string
  readonly lock?: string
  readonly node?: string
  readonly blockers?: boolean
}

/** What the flags ask for. */
export interface LocksQuery {
  readonly filter: LockQueryFilter
  /** Only this lockspace, where the node is not asked for one. */
  readonly space: string | undefined
}

/** Throws `ExitError` where a flag is wrong, before anybody is asked. */
export function readLocksFlags(flags: LocksFlags): LocksQuery {
  const { session, node, blockers = false } = flags
  if (session !== undefined) assertSession(session)
  const resource = resourceIn(flags)
  const lock = lockIn(flags)
  const filter = {
    ...(resource === undefined ? {} : { resource }),
    ...(session === undefined ? {} : { session }),
    ...(lock === undefined ? {} : { lock }),
    ...(node === undefined ? {} : { node }),
    details: blockers,
  }
  const space =
    flags.space === undefined ? undefined : nameOfBytes(readGivenName('--space', flags.space))
  return { filter, space }
}

function resourceIn({ resource, space = 'default' }: LocksFlags): LockQueryFilter['resource'] {
  const names = resource?.map((name) => readGivenName('--resource', name)) ?? []
  const name = names.at(-1)
  if (name === undefined) return undefined
  const path = names.slice(0, -1)
  return { space: readGivenName('--space', space), name, ...(path.length === 0 ? {} : { path }) }
}

function assertSession(session: string): void {
  if (/^.+\/\d+$/.test(session)) return
  throw wrong(`--session ${session} must be a session as the table names one, such as n1/3`)
}

function lockIn({ lock, session }: LocksFlags): number | undefined {
  if (lock === undefined) return undefined
  if (session === undefined) {
    throw wrong(`--lock ${lock} needs the session that gave it this number: add --session n1/3`)
  }
  const number = /^\d+$/.test(lock) ? Number(lock) : Number.NaN
  if (Number.isSafeInteger(number)) return number
  throw wrong(`--lock ${lock} must be a whole number, as behind the # in the table`)
}

function wrong(sentence: string): ExitError {
  return new ExitError(sentence, { exitCode: EXIT.usage })
}
