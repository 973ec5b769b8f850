import { callPlants } from './call-plants.ts'
import { deadlockPlants } from './deadlock-plants.ts'
import { lockPlants } from './lock-plants.ts'
import { membershipPlants } from './membership-plants.ts'
import type { Plant } from './plant.ts'
import { recoveryPlants } from './recovery-plants.ts'

/** All bugs that the swarm must find. */
export const plants: readonly Plant[] = [
  ...membershipPlants,
  ...lockPlants,
  ...recoveryPlants,
  ...callPlants,
  ...deadlockPlants,
]

export function findPlant(name: string): Plant {
  const plant = plants.find((candidate) => candidate.name === name)
  if (plant === undefined) throw new Error(`there is no plant called ${name}; try --plant list`)
  return plant
}
