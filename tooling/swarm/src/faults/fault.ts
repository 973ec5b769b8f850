import type { Random } from '@holdfast/primitives'
import type { World } from '../world.ts'

/** Begins a fault; returns how to end it, or `undefined` when there is nothing to hit just now. */
export type Fault = (world: World, random: Random) => (() => void) | undefined
