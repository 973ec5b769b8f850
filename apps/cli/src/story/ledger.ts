import type { Line } from './line.ts'

/** What the workers said they did, and when: the other side of the account. */
export interface Ledger {
  readonly confirmed: readonly Line[]
  readonly reads: number
  /** Sentences on what must never happen. */
  readonly faults: readonly string[]
  wrote(line: Line, at: number): void
  read(): void
  fault(sentence: string): void
  /** Resolves with the first line of anybody but `except` that is confirmed from now on. */
  nextLine(except?: string): Promise<{ readonly line: Line; readonly at: number }>
}

interface Waiter {
  readonly except: string | undefined
  readonly resolve: (found: { readonly line: Line; readonly at: number }) => void
}

export function createLedger(): Ledger {
  const confirmed: Line[] = []
  const faults: string[] = []
  let waiters: Waiter[] = []
  let reads = 0
  return {
    confirmed,
    faults,
    get reads(): number {
      return reads
    },
    wrote(line, at) {
      confirmed.push(line)
      const served = waiters.filter(({ except }) => except !== line.worker)
      waiters = waiters.filter(({ except }) => except === line.worker)
      for (const { resolve } of served) resolve({ line, at })
    },
    read() {
      reads += 1
    },
    fault: (sentence) => void faults.push(sentence),
    nextLine: (except) => new Promise((resolve) => waiters.push({ except, resolve })),
  }
}
