import type { Client } from '../contract.ts'

/** Who takes part in the rings of a world. */
export interface Rings {
  readonly clients: Client[]
}
