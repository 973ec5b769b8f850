import type { NodeId } from '@holdfast/primitives'

export interface Member {
  readonly id: NodeId
  /** Epoch of the view that admitted this start of the node. */
  readonly joined: number
  readonly eligible: boolean
  readonly weight: number
  /** Which start of the node it is, in the harness. */
  readonly serial: number
}

export interface View {
  readonly epoch: number
  readonly settled: number
  readonly members: readonly Member[]
  /** The notes of the views after `settled`, with the epoch of the view that brought each. */
  readonly notes: readonly { readonly epoch: number; readonly text: string }[]
  /** As in the engine's view. */
  readonly evicted?: readonly NodeId[]
}

/** Who is to be in a view: a start of a node, and whether it is handing over. */
export interface Candidate {
  readonly id: NodeId
  readonly serial: number
  readonly leaving?: boolean
  /** Default 1. */
  readonly weight?: number
}

/**
 * The agreed sequence of views. `settled` is a chain: the view before when its proposer knew that
 * one to be active, otherwise what the view before had. Notes stay until they are settled.
 */
export class ViewChain {
  readonly views: View[] = []
  readonly #joined = new Map<number, number>()

  next(
    candidates: readonly Candidate[],
    knowsLastActive: boolean,
    brings: readonly string[] = [],
  ): View {
    const last = this.views.at(-1)
    const epoch = (last?.epoch ?? 0) + 1
    const members = candidates
      .map(({ id, serial, leaving = false, weight = 1 }): Member => {
        const joined = this.#joined.get(serial) ?? epoch
        this.#joined.set(serial, joined)
        return { id, joined, eligible: !leaving, weight, serial }
      })
      .sort((a, b) => a.id - b.id)
    const settled = (knowsLastActive ? last?.epoch : last?.settled) ?? 0
    const kept = (last?.notes ?? []).filter((note) => note.epoch > settled)
    const notes = [...kept, ...brings.map((text) => ({ epoch, text }))]
    const view = { epoch, settled, members, notes }
    this.views.push(view)
    return view
  }
}
