import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { delimiter, join } from 'node:path'
import type { CommandEnd, Step, StepResult } from './step.ts'
import { fail } from './step.ts'

const children = new Set<ChildProcess>()

/** Runs the command of a step to its end and judges it. */
export async function runStep(step: Step, root: string): Promise<StepResult> {
  const startedMs = performance.now()
  const end = await runCommand(step, root)
  const verdict = end.stopped
    ? fail(`stopped after ${Math.round(step.limitMs / 1000)} s`)
    : step.judge(end)
  return { step, verdict, output: end.output, tookMs: performance.now() - startedMs }
}

interface StoppableEnd extends CommandEnd {
  readonly stopped: boolean
}

function runCommand(step: Step, root: string): Promise<StoppableEnd> {
  const [program, ...args] = step.command
  const env = childEnvironment(root)
  // A group of its own, so that workers of the tool end with it.
  const child = spawn(program, args, { cwd: root, env, detached: true, stdio: 'pipe' })
  children.add(child)
  const chunks: Buffer[] = []
  child.stdin.end()
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk))
  return new Promise((resolve) => {
    let stopped = false
    const timer = setTimeout(() => {
      stopped = true
      stop(child)
    }, step.limitMs)
    const finish = (ok: boolean, remark: string): void => {
      clearTimeout(timer)
      children.delete(child)
      resolve({ ok, stopped, output: `${Buffer.concat(chunks).toString('utf8')}${remark}` })
    }
    child.once('error', (error) => finish(false, `${program}: ${error.message}\n`))
    child.once('close', (code, signal) =>
      finish(code === 0, signal === null ? '' : `${program} was ended by ${signal}\n`),
    )
  })
}

/** The tools of this checkout first; no colour, no telemetry, no remote cache. */
function childEnvironment(root: string): NodeJS.ProcessEnv {
  const { FORCE_COLOR: _, ...inherited } = process.env
  return {
    ...inherited,
    PATH: [join(root, 'node_modules/.bin'), process.env['PATH'] ?? ''].join(delimiter),
    NO_COLOR: '1',
    DO_NOT_TRACK: '1',
    TURBO_TELEMETRY_DISABLED: '1',
    TURBO_NO_UPDATE_NOTIFIER: '1',
    TURBO_CACHE: 'local:rw',
  }
}

function stop(child: ChildProcess): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch (error) {
    // The group may have ended by itself in the meantime; anything else is worth knowing.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

/** Ends everything that still runs: for the moment when the user interrupts. */
export function stopAll(): void {
  for (const child of children) stop(child)
}
