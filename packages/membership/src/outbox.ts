import type { NodeName } from '@holdfast/primitives'
import type { DurableRecord } from './durable-record.ts'
import type { MembershipFact } from './facts.ts'
import { HELD_BACK_MAX } from './limits.ts'
import type { MembershipMessage } from './messages.ts'
import type { MembershipOutput } from './outputs.ts'

export interface Destination {
  readonly node: NodeName
  readonly address: string
}

/**
 * Collects orders, and holds back every message that reveals a record which is not on the disk yet
 * ("what must be durable"). At most one write is under way; changes meanwhile share the next one.
 */
export interface Outbox {
  emit(output: MembershipOutput): void
  observe(fact: MembershipFact): void
  send(to: Destination, message: MembershipMessage): void
  /** Sends once everything saved until now is on the disk. */
  sendWhenStored(to: Destination, message: MembershipMessage): void
  save(record: DurableRecord): void
  stored(write: number): void
  /** True while something saved is not on the disk. */
  readonly isWriting: boolean
  drain(): readonly MembershipOutput[]
  /** Messages of this node to itself, which cost no network. */
  takeLoopback(): readonly MembershipMessage[]
  /** Drops what is held back: this process is over. */
  close(): void
}

interface HeldBack {
  readonly revision: number
  readonly to: Destination
  readonly message: MembershipMessage
}

export function createOutbox(self: NodeName): Outbox {
  let outputs: MembershipOutput[] = []
  let loopback: MembershipMessage[] = []
  let heldBack: HeldBack[] = []
  let latest: DurableRecord | undefined
  let revision = 0
  let revisionStored = 0
  let write = 0
  let underWay: { readonly write: number; readonly revision: number } | undefined

  const emit = (output: MembershipOutput): void => void outputs.push(output)

  const send = (to: Destination, message: MembershipMessage): void => {
    if (to.node === self) loopback.push(message)
    else emit({ kind: 'send', to, message })
  }

  const startWrite = (): void => {
    if (underWay !== undefined || latest === undefined || revision === revisionStored) return
    write += 1
    underWay = { write, revision }
    emit({ kind: 'store', write, record: latest })
  }

  const releaseHeldBack = (): void => {
    const ready = heldBack.filter((item) => item.revision <= revisionStored)
    heldBack = heldBack.filter((item) => item.revision > revisionStored)
    for (const { to, message } of ready) send(to, message)
  }

  return {
    emit,
    observe: (fact) => emit({ kind: 'observed', fact }),
    send,
    sendWhenStored(to, message) {
      if (revisionStored === revision) send(to, message)
      else if (heldBack.length < HELD_BACK_MAX) heldBack.push({ revision, to, message })
    },
    save(record) {
      latest = record
      revision += 1
      startWrite()
    },
    stored(number) {
      if (underWay === undefined || underWay.write !== number) return
      revisionStored = underWay.revision
      underWay = undefined
      releaseHeldBack()
      startWrite()
    },
    get isWriting() {
      return revisionStored !== revision
    },
    drain() {
      const drained = outputs
      outputs = []
      return drained
    },
    takeLoopback() {
      const taken = loopback
      loopback = []
      return taken
    },
    close() {
      heldBack = []
      loopback = []
    },
  }
}
