import type { WorkCounts } from './counts.ts'

export interface ToWorker {
  readonly seed: number
  readonly schedule: string | undefined
}

export type FromWorker =
  | { readonly kind: 'ready' }
  | {
      readonly kind: 'played'
      readonly seed: number
      readonly counts: WorkCounts
      readonly digest: string
      readonly failure: { readonly checker: string; readonly sentence: string } | undefined
    }
