import type { WorkCounts } from './counts.ts'
import type { ForcedOptions } from './draw/draw-options.ts'

export interface ToWorker {
  readonly seed: number
  readonly forced: ForcedOptions
}

export type FromWorker =
  | { readonly kind: 'ready' }
  | {
      readonly kind: 'played'
      readonly seed: number
      readonly counts: WorkCounts
      readonly digest: string
      /** Of the processor, not of the clock on the wall. */
      readonly cpuMs: number
      readonly failure: { readonly checker: string; readonly sentence: string } | undefined
    }
