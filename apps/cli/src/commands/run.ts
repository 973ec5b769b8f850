import { constants } from 'node:os'
import {
  type AcquireOptions,
  type Cluster,
  ConnectError,
  type Lock,
  LockDeadlockError,
  LockDeniedError,
  type LockMode,
  LockRefusedError,
  nameOfText,
  SessionClosedError,
} from '@holdfast/client'
import type { Access } from '../access.ts'
import { parseDuration } from '../duration.ts'
import { EXIT, ExitError } from '../exit-code.ts'
import { assertName } from '../given-name.ts'
import { openCluster } from '../open-cluster.ts'
import { writeName } from '../shell/bytes.ts'
import type { Terminal } from '../terminal.ts'
import { runChild } from './run-child.ts'

export interface RunOptions {
  readonly space: string
  readonly mode: string
  readonly wait?: string
  readonly noWait?: boolean
  readonly grace: string
  readonly verbose?: boolean
}

export interface RunRequest {
  readonly name: string
  readonly command: readonly string[]
  readonly options: RunOptions
  readonly access: Access
  readonly terminal: Terminal
}

const modes: readonly LockMode[] = ['NL', 'CR', 'CW', 'PR', 'PW', 'EX']

/** Locks, runs the command, unlocks. Resolves with the exit code. */
export async function run(request: RunRequest): Promise<number> {
  const { name, command, options, access, terminal } = request
  assertName('the lock', name)
  assertName('--space', options.space)
  const mode = readMode(options.mode)
  const waitMs = options.wait === undefined ? undefined : parseDuration(options.wait)
  const graceMs = parseDuration(options.grace)
  const interruption = interruptible()
  try {
    const cluster = await openCluster(access, interruption.signal)
    await using lock = await acquire(cluster, request, {
      mode,
      noQueue: options.noWait === true,
      signal: withLimit(interruption.signal, waitMs),
    })
    interruption.end()
    const since = performance.now()
    if (options.verbose === true) tellGranted(terminal, lock)
    const code = await runChild({
      command,
      environment: childEnvironment(name, lock),
      lost: lock.signal,
      graceMs,
      onNotStarted: ({ message }) =>
        terminal.tell(`holdfast: ${message}`, { event: 'not-started' }),
      onLost: () => terminal.tell(`lock ${name} lost, ending the command`, { event: 'lost', name }),
    })
    if (options.verbose === true) {
      terminal.tell(`held for ${Math.round(performance.now() - since)} ms`, {
        event: 'ended',
        code,
      })
    }
    await lock.unlock().catch(() => undefined)
    await cluster.close()
    return code
  } catch (error) {
    throw explain(error, request, interruption.signal)
  } finally {
    interruption.end()
  }
}

function readMode(text: string): LockMode {
  const mode = modes.find((one) => one === text.toUpperCase())
  if (mode !== undefined) return mode
  throw new ExitError(`--mode ${text} must be one of ${modes.join(', ')}`, {
    exitCode: EXIT.usage,
  })
}

async function acquire(
  cluster: Cluster,
  { name, options }: RunRequest,
  acquireOptions: AcquireOptions,
): Promise<Lock> {
  try {
    return await cluster.lockspace(options.space).acquire(name, acquireOptions)
  } catch (error) {
    await cluster.close()
    throw error
  }
}

function tellGranted(terminal: Terminal, { token, name }: Lock): void {
  const shown = token === undefined ? '' : ` with token ${token}`
  terminal.tell(`lock ${name} granted${shown}`, { event: 'granted', token })
}

function childEnvironment(name: string, lock: Lock): NodeJS.ProcessEnv {
  const environment: NodeJS.ProcessEnv = { ...process.env, HOLDFAST_LOCK: name }
  delete environment['HOLDFAST_TOKEN']
  if (lock.token !== undefined) environment['HOLDFAST_TOKEN'] = String(lock.token)
  return environment
}

function withLimit(signal: AbortSignal, waitMs: number | undefined): AbortSignal {
  if (waitMs === undefined) return signal
  return AbortSignal.any([signal, AbortSignal.timeout(Math.ceil(waitMs))])
}

/** While the lock is waited for, a signal ends the wait, and the command with it. */
function interruptible(): { readonly signal: AbortSignal; end(): void } {
  const controller = new AbortController()
  const handlers = (['SIGINT', 'SIGTERM', 'SIGHUP'] as const).map((name) => {
    const code = EXIT.signalled + constants.signals[name]
    const handler = (): void =>
      controller.abort(new ExitError(`ended by ${name}`, { exitCode: code }))
    process.on(name, handler)
    return { name, handler }
  })
  return {
    signal: controller.signal,
    end() {
      for (const { name, handler } of handlers) process.off(name, handler)
    },
  }
}

function explain(error: unknown, request: RunRequest, interruption: AbortSignal): unknown {
  const { name } = request
  if (ExitError.is(error)) return error
  const options = { cause: error }
  if (interruption.aborted) return interruption.reason
  if (LockDeniedError.is(error))
    return new ExitError(`${name} is busy; ${whereToLook(request)}`, {
      exitCode: EXIT.busy,
      ...options,
    })
  if (error instanceof Error && error.name === 'TimeoutError') {
    return new ExitError(`${name} was not to be had in time; ${whereToLook(request)}`, {
      exitCode: EXIT.busy,
      ...options,
    })
  }
  if (LockDeadlockError.is(error))
    return new ExitError(error.message, { exitCode: EXIT.deadlock, ...options })
  if (LockRefusedError.is(error))
    return new ExitError(error.message, { exitCode: EXIT.usage, ...options })
  if (ConnectError.is(error) || SessionClosedError.is(error)) {
    return new ExitError(error.message, { exitCode: EXIT.unavailable, ...options })
  }
  return error
}

function whereToLook({ name, options: { space } }: RunRequest): string {
  const flag = space === 'default' ? '' : ` --space ${shellWord(space)}`
  return `\`holdfast locks${flag} --resource ${shellWord(name)}\` shows who has it`
}

/** As the shown command has to have it. */
function shellWord(name: string): string {
  const shown = writeName(nameOfText(name))
  return /^[\w./:@%+-]+$/.test(shown) ? shown : `'${shown.replaceAll("'", `'\\''`)}'`
}
