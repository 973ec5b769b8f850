import { Gardener } from './gardener.ts'
import { Keeper } from './keeper.ts'
import { Ringer } from './ringer.ts'
import { Testator } from './testator.ts'
import { Worker } from './worker.ts'
import type { Kind, Workload, WorkloadSetup } from './workload.ts'

const behaviours: Readonly<Record<Kind, new (setup: WorkloadSetup) => Workload>> = {
  worker: Worker,
  keeper: Keeper,
  gardener: Gardener,
  ringer: Ringer,
  testator: Testator,
}

export function createWorkload(setup: WorkloadSetup): Workload {
  return new behaviours[setup.kind](setup)
}
