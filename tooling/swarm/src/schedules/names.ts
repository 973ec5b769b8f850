import type { Random } from '@holdfast/primitives'

/** The hand-written scripts; each is also a regular world, a share of all seeds. */
export const scheduleNames: readonly string[] = []

export function drawScheduleName(random: Random): string | undefined {
  if (scheduleNames.length === 0 || !random.chance(1, 4)) return undefined
  return random.pick(scheduleNames)
}
