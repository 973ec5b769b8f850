import type { Random } from '@holdfast/primitives'
import type { World } from '../world.ts'

/** A hand-written script of faults; its details are left to chance. Returns how to end it. */
export type Schedule = (world: World, random: Random) => () => void

export const schedules: Readonly<Record<string, Schedule>> = {}
