import { readFile } from 'node:fs/promises'
import { EXIT, ExitError } from './exit-code.ts'

const DEFAULT_ADDRESS = 'ws://127.0.0.1:7400'

/** How the command reaches the cluster. */
export interface Access {
  readonly addresses: readonly string[]
  readonly cluster: string
  /** Undefined: the one that a node on this machine left for its user. */
  readonly token: string | undefined
}

export interface AccessOptions {
  readonly address?: string
  readonly cluster?: string
  readonly tokenFile?: string
}

/** Flags, else the environment, else the default. */
export async function readAccess(
  { address, cluster, tokenFile }: AccessOptions,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Access> {
  const given = address ?? environment['HOLDFAST_ADDRESS'] ?? DEFAULT_ADDRESS
  const addresses = given.split(',').map((one) => one.trim())
  for (const one of addresses) assertAddress(one)
  return {
    addresses,
    cluster: cluster ?? environment['HOLDFAST_CLUSTER'] ?? 'holdfast',
    token: await readToken(tokenFile, environment),
  }
}

function assertAddress(address: string): void {
  if (/^wss?:\/\//.test(address) && URL.canParse(address)) return
  throw new ExitError(`"${address}" is no address: it looks like ${DEFAULT_ADDRESS}`, {
    exitCode: EXIT.usage,
  })
}

async function readToken(
  tokenFile: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<string | undefined> {
  const path = tokenFile ?? environment['HOLDFAST_CLIENT_TOKEN_FILE']
  if (path === undefined) return environment['HOLDFAST_CLIENT_TOKEN']
  try {
    return (await readFile(path, 'utf8')).trim()
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause)
    throw new ExitError(`the token file cannot be read: ${detail}`, { exitCode: EXIT.usage, cause })
  }
}
