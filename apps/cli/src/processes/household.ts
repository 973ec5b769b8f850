import type { ChildProcess } from 'node:child_process'

/** The processes that this one started; none of them outlives it. */
export interface Household {
  add(child: ChildProcess): void
  /** Ends all of them now and waits until they are gone. */
  endAll(): Promise<void>
}

/**
 * Three nets, as each has a hole: whoever ends in order calls `endAll`; whoever ends by `exit` or an
 * error that nobody caught is covered by the listener below; and when this process is killed, its
 * children notice that their pipe to it has ended, and end by themselves.
 */
export function createHousehold(): Household {
  const children = new Set<ChildProcess>()
  const kill = (): void => {
    for (const child of children) child.kill('SIGKILL')
  }
  process.on('exit', kill)
  return {
    add(child) {
      children.add(child)
      child.once('exit', () => children.delete(child))
      child.once('error', () => children.delete(child))
    },
    async endAll() {
      const gone = [...children].map(
        (child) => new Promise<void>((resolve) => child.once('exit', () => resolve())),
      )
      kill()
      await Promise.all(gone)
      process.off('exit', kill)
    },
  }
}
