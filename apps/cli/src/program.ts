import { settingFlags } from '@holdfast/node/settings'
import { Command, CommanderError, Option } from 'commander'
import { type AccessOptions, readAccess } from './access.ts'
import type { LocksFlags } from './commands/locks-flags.ts'
import type { RunOptions } from './commands/run.ts'
import { EXIT, ExitError } from './exit-code.ts'
import { createTerminal, type Terminal } from './terminal.ts'

export interface ProgramOptions {
  /** What is said on standard error goes out as an object for programs, which the program says by itself. */
  readonly json: boolean
  /** The file that this program was started by, to start it again for the nodes. */
  readonly command: string
  readonly onExitCode: (code: number) => void
}

interface GlobalOptions extends AccessOptions {
  readonly json?: boolean
}

/** The `holdfast` command. Each part is loaded when it is asked for, as most need little. */
export function createProgram({ command, json, onExitCode }: ProgramOptions): Command {
  const program = new Command('holdfast')
    .description('Locks shared by many processes on many machines')
    .exitOverride()
  if (json) program.configureOutput({ outputError: () => undefined })
  addRun(program, onExitCode)
  addMembers(program, onExitCode)
  addLocks(program, onExitCode)
  addShell(program, onExitCode)
  addUp(program, command, onExitCode)
  addNode(program, onExitCode)
  addStory(program, command, onExitCode)
  return program
}

type OnExitCode = ProgramOptions['onExitCode']

function withAccess(command: Command): Command {
  return command
    .option('--address <list>', 'nodes to try, in order (HOLDFAST_ADDRESS)')
    .option('--cluster <name>', 'the name of the cluster (HOLDFAST_CLUSTER)')
    .option('--token-file <file>', 'the token of clients (HOLDFAST_CLIENT_TOKEN_FILE)')
    .option('--json', 'for programs: JSON on both streams')
}

function terminalFor({ json = false }: GlobalOptions): Terminal {
  const { stdout, stderr, env } = process
  return createTerminal({ json, stdout, stderr, environment: env })
}

function addRun(program: Command, onExitCode: OnExitCode): void {
  const noteWait = assertOneOf('-w', '-n')
  withAccess(program.command('run'))
    .description('hold a lock while a command runs')
    .argument('<name>', 'the name of the lock')
    .argument('<command...>', 'what to run, without a shell; write -- before it')
    .option('--space <name>', 'the lockspace', 'default')
    .option('-m, --mode <mode>', 'NL, CR, CW, PR, PW or EX', 'EX')
    .option('-w, --wait <time>', 'give up after this long: seconds, or 500ms, 2s, 3m (exit 75)')
    .option('-n, --no-wait', 'give up at once when the lock is busy (exit 75)')
    .on('option:wait', () => noteWait('-w'))
    .on('option:no-wait', () => noteWait('-n'))
    .option('--grace <time>', 'between SIGTERM and SIGKILL when the lock is lost', '2s')
    .option('-v, --verbose', 'tell when the lock is granted and given back')
    .action(async (name: string, command: string[], flags: GlobalOptions & RunFlags) => {
      const { wait, ...others } = flags
      const options: RunOptions = {
        ...others,
        ...(typeof wait === 'string' ? { wait } : {}),
        noWait: wait === false,
      }
      const access = await readAccess(flags, process.env)
      const terminal = terminalFor(flags)
      const { run } = await import('./commands/run.ts')
      onExitCode(await run({ name, command, options, access, terminal }))
    })
}

/** Commander keeps `--wait` and its negation under one name, so the second would silently win. */
function assertOneOf(...flags: readonly string[]): (flag: string) => void {
  const seen = new Set<string>()
  return (flag) => {
    seen.add(flag)
    if (seen.size < flags.length) return
    throw new ExitError(`${flags.join(' and ')} do not go together: give one of them`, {
      exitCode: EXIT.usage,
    })
  }
}

/** Commander keeps `--wait` and its negation `--no-wait` under one name. */
type RunFlags = Omit<RunOptions, 'wait' | 'noWait'> & { readonly wait?: string | boolean }

function addMembers(program: Command, onExitCode: OnExitCode): void {
  withAccess(program.command('members'))
    .description('show who is in the cluster')
    .action(async (flags: GlobalOptions) => {
      const { members } = await import('./commands/members.ts')
      const { openCluster } = await import('./open-cluster.ts')
      await using cluster = await openCluster(await readAccess(flags, process.env))
      onExitCode(await members(cluster, terminalFor(flags)))
    })
}

function addLocks(program: Command, onExitCode: OnExitCode): void {
  withAccess(program.command('locks'))
    .description('show every lock: where it lives, who holds it, who waits')
    .option('--space <name>', 'only this lockspace; with --resource: that of the name')
    .option(
      '--resource <names...>',
      'only locks on this name; for one below others, all from the root',
    )
    .option('--session <id>', 'only locks of this session, named as n1/3')
    .option('--lock <number>', 'with --session: only the lock to which it gave this number')
    .option('--node <name>', 'only locks of sessions of this node')
    .option('--all', 'every lock, which is what is shown without any of these')
    .option('--blockers', 'who is in the way of each, and whom it is in the way of')
    .action(async (flags: GlobalOptions & LocksFlags) => {
      const access = await readAccess(flags, process.env)
      const { locks } = await import('./commands/locks.ts')
      onExitCode(await locks({ access, terminal: terminalFor(flags), flags }))
    })
}

function addShell(program: Command, onExitCode: OnExitCode): void {
  withAccess(program.command('shell'))
    .description('say every call of a session by hand or by script, and see what is answered')
    .argument('[file]', 'a script; without one, what is typed or comes on standard input')
    .option('--space <name>', 'the lockspace of names that are given without one', 'default')
    .action(async (file: string | undefined, flags: GlobalOptions & { readonly space: string }) => {
      const access = await readAccess(flags, process.env)
      const { shell } = await import('./commands/shell.ts')
      const { space, json = false } = flags
      onExitCode(await shell({ access, file, space, json }))
    })
}

interface UpFlags extends GlobalOptions {
  readonly nodes: string
  readonly port: string
  readonly data: string
  readonly timing: string
}

function addUp(program: Command, command: string, onExitCode: OnExitCode): void {
  program
    .command('up')
    .description('run a cluster for development on this machine')
    .option('--nodes <count>', 'how many nodes', '3')
    .option('--port <port>', 'the first port that is tried', '7400')
    .option('--data <folder>', 'where the nodes keep their state', '.holdfast')
    .option('--cluster <name>', 'the name of the cluster', 'holdfast')
    .addOption(
      new Option('--timing <profile>').choices(['default', 'fast', 'wan']).default('default'),
    )
    .option('--json', 'for programs: JSON on both streams')
    .action(async ({ nodes, port, data, cluster = 'holdfast', timing, json }: UpFlags) => {
      const { up } = await import('./commands/up.ts')
      onExitCode(
        await up({
          nodes: wholeNumber('--nodes', nodes, 1, 9),
          port: wholeNumber('--port', port, 1, 65_535),
          data,
          cluster,
          timing,
          command,
          terminal: terminalFor(json === true ? { json } : {}),
        }),
      )
    })
}

function addNode(program: Command, onExitCode: OnExitCode): void {
  const command = program
    .command('node')
    .description('run one node until it is told to stop (each flag has a variable HOLDFAST_...)')
    .option('--config <file>', 'a JSON file with the same settings (HOLDFAST_CONFIG)')
    .addOption(new Option('--end-with-stdin').hideHelp())
  for (const { key, flag, about, isSwitch } of settingFlags) {
    command.addOption(new Option(isSwitch ? flag : `${flag} <${key}>`, about))
  }
  command.action(async (flags: Readonly<Record<string, string | boolean | undefined>>) => {
    const { node } = await import('./commands/node.ts')
    onExitCode(await node(flags))
  })
}

function addStory(program: Command, command: string, onExitCode: OnExitCode): void {
  program
    .command('story')
    .description('see three nodes survive a kill -9')
    .option('--once', 'play it once; exit 0 only if every check held')
    .option('--port <port>', 'the first port that is tried', '7400')
    .action(async ({ once = false, port }: { readonly once?: boolean; readonly port: string }) => {
      const first = wholeNumber('--port', port, 1, 65_535)
      const { story } = await import('./story/story.ts')
      onExitCode(await story({ once, port: first, command }))
    })
  program
    .command('story-worker <role> <name> <file> <addresses...>', { hidden: true })
    .action(async (role: string, name: string, file: string, addresses: string[]) => {
      const token = process.env['HOLDFAST_CLIENT_TOKEN'] ?? ''
      const part = role === 'reader' ? 'reader' : 'writer'
      const { runWorker } = await import('./story/worker.ts')
      await runWorker({ name, role: part, file, addresses, token })
    })
}

function wholeNumber(flag: string, text: string, least: number, most: number): number {
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (number >= least && number <= most) return number
  throw new ExitError(`${flag} ${text} must be a whole number from ${least} to ${most}`, {
    exitCode: EXIT.usage,
  })
}

/** Whether what goes wrong is to be told to programs: known before the flags are read, as they may be wrong. */
export function wantsJson(args: readonly string[]): boolean {
  const end = args.indexOf('--')
  return args.slice(0, end < 0 ? undefined : end).includes('--json')
}

/** The exit code for an error, and what to say. */
export function judgeError(error: unknown, json: boolean): Judgement {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return { code: EXIT.ok }
    // For people, commander has said it already.
    const said = error.message.replace(/^error: /, '')
    return { code: EXIT.usage, ...(json ? { sentence: said } : {}) }
  }
  if (ExitError.is(error)) return { code: error.exitCode, sentence: error.message }
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  const sentence = error instanceof Error ? error.message : String(error)
  if (code === 'connect-failed' || code === 'session-closed' || code === 'call-refused') {
    return { code: EXIT.unavailable, sentence }
  }
  const stack = error instanceof Error ? (error.stack ?? sentence) : sentence
  return { code: EXIT.internal, sentence: stack }
}

interface Judgement {
  readonly code: number
  readonly sentence?: string
}
