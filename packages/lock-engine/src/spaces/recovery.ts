import type { SessionEvent } from '../messages.ts'
import type { SpaceView } from './port.ts'

type RecoveryEvent = Extract<SessionEvent, { readonly kind: 'recovery' }>
/** What is told of a view, without the lockspace that it is told for. */
export type RecoveryNews = Pick<RecoveryEvent, 'phase' | 'epoch' | 'members' | 'lost'>

/**
 * What file systems and their like hear of changes of the cluster, from the install of a view until
 * everything is granted again. A newer view before that makes both changes one: each lost node is
 * told once in `stopped`, once in `lost`, and all of them in the one `resumed`.
 */
export class Recovery {
  #view: Pick<SpaceView, 'epoch' | 'members'> = { epoch: 0, members: [] }
  #isRunning = false
  /** Lost since everything was last granted: told in `lost`, and not yet. */
  #gone: readonly number[] = []
  #going: readonly number[] = []

  installed({ epoch, members, lost }: SpaceView): RecoveryNews {
    this.#view = { epoch, members }
    this.#isRunning = true
    this.#going = union(this.#going, lost)
    return this.#news('stopped', lost)
  }

  activated(): RecoveryNews | undefined {
    const lost = this.#going
    if (lost.length === 0) return undefined
    this.#gone = union(this.#gone, lost)
    this.#going = []
    return this.#news('lost', lost)
  }

  opened(): RecoveryNews | undefined {
    if (!this.#isRunning) return undefined
    const lost = this.#gone
    this.#isRunning = false
    this.#gone = []
    return this.#news('resumed', lost)
  }

  /** What somebody has missed who begins to listen now. */
  soFar(): readonly RecoveryNews[] {
    if (!this.#isRunning) return []
    const stopped = this.#news('stopped', union(this.#gone, this.#going))
    return this.#gone.length === 0 ? [stopped] : [stopped, this.#news('lost', this.#gone)]
  }

  #news(phase: RecoveryNews['phase'], lost: readonly number[]): RecoveryNews {
    return { phase, ...this.#view, lost }
  }
}

function union(some: readonly number[], others: readonly number[]): readonly number[] {
  return [...new Set([...some, ...others])]
}
