import { type SessionCall, type SpaceAttributes, textOfName } from '@holdfast/lock-engine/messages'
import { CallRefusedError, LockspaceLeftError, SessionClosedError } from './errors.ts'
import { type Lockspace, NamedLockspace } from './lockspace.ts'
import type { Session } from './session/session.ts'
import type { Recovery } from './session/session-machine.ts'
import type { SessionKeeper, SessionTenant } from './session-keeper.ts'
import { tellCallback } from './tell-callback.ts'

type CallOf<Kind extends SessionCall['kind']> = Extract<SessionCall, { readonly kind: Kind }>

export interface OpenLockspaceOptions {
  /**
   * `new`: refused when somebody has it open; `existing`: refused when nobody has. Default: either.
   * Counts for the first time only, not when it is opened again in a new session.
   */
  readonly create?: 'new' | 'existing'
  /** What it must be like; refused when it is open and differs. What is left out is as it is. */
  readonly attributes?: Partial<SpaceAttributes>
  /**
   * Called when the cluster changes: what was stopped, what was lost, when all goes on. Hears nothing
   * while there is no session.
   */
  readonly onRecovery?: (recovery: RecoveryNews) => unknown
}

/** A step of the cluster through a change of its members, as the node tells it. */
export type RecoveryNews = Omit<Recovery, 'kind' | 'space'>

export interface LeaveOptions {
  /**
   * `unused`: refused while the session has a lock in it. `idle`: refused while one is granted in more
   * than NL. `discard`: all its locks are lost, and what they wrote is marked not valid. Default `unused`.
   */
  readonly force?: 'unused' | 'idle' | 'discard'
}

/** A lockspace whose attributes all who have it open agree on. Opened again in each new session. */
export interface OpenLockspace extends Lockspace, AsyncDisposable {
  readonly attributes: SpaceAttributes
  /** Idempotent. Rejects with `CallRefusedError`; later calls throw or reject with `LockspaceLeftError`. */
  leave(options?: LeaveOptions): Promise<void>
}

/**
 * Opens it in the current session, and again in each that follows. Rejects with `CallRefusedError`;
 * with `SessionClosedError` or `ConnectError` when the node is gone.
 */
export async function openLockspace(
  keeper: SessionKeeper,
  space: string,
  options: OpenLockspaceOptions,
): Promise<OpenLockspace> {
  if (keeper.tenants.has(space)) {
    throw new CallRefusedError('open-space', `${textOfName(space)} is open here already`)
  }
  const session = await keeper.next(undefined)
  const membership = new Membership(keeper, space, options)
  await membership.openIn(session, options)
  keeper.tenants.set(space, membership)
  return new OpenedLockspace(membership)
}

/** That this program has a lockspace open, from session to session. */
class Membership implements SessionTenant {
  readonly keeper: SessionKeeper
  readonly space: string
  readonly #onRecovery: OpenLockspaceOptions['onRecovery']
  #attributes: SpaceAttributes | undefined
  #fault: Error | undefined
  #isOver = false

  constructor(keeper: SessionKeeper, space: string, { onRecovery }: OpenLockspaceOptions) {
    this.keeper = keeper
    this.space = space
    this.#onRecovery = onRecovery
  }

  get attributes(): SpaceAttributes {
    if (this.#attributes === undefined) throw this.#leftError()
    return this.#attributes
  }

  async openIn(
    session: Session,
    { create, attributes, onRecovery: _, ...others }: OpenLockspaceOptions,
  ): Promise<void> {
    session.onRecovery((recovery) => this.#tell(recovery))
    const answer = await session.ask({
      // There should be none. What is not known is sent along, so that it is refused by its name.
      ...others,
      kind: 'open-space',
      space: this.space,
      lifecycle: this.#onRecovery !== undefined,
      ...(create === undefined ? {} : { create }),
      ...(attributes === undefined ? {} : { attributes }),
    } satisfies Omit<CallOf<'open-space'>, 'call'>)
    this.#attributes = answer.attributes
  }

  async moveInto(session: Session): Promise<void> {
    try {
      await this.openIn(session, { attributes: this.attributes })
      if (this.#isOver) await this.#leaveIn(session, {})
    } catch (error) {
      if (!CallRefusedError.is(error)) throw error
      this.#fault = error
      this.#end()
    }
  }

  async leave(options: LeaveOptions = {}): Promise<void> {
    if (this.#isOver) return
    const session = this.keeper.current
    if (session !== undefined) await this.#leaveIn(session, options)
    this.#end()
  }

  assertOpen(): void {
    if (this.#isOver) throw this.#leftError()
  }

  async #leaveIn(session: Session, { force = 'unused', ...others }: LeaveOptions): Promise<void> {
    try {
      await session.ask({ ...others, kind: 'leave-space', space: this.space, force })
    } catch (error) {
      // Whatever the session had open has ended with it.
      if (!SessionClosedError.is(error)) throw error
    }
  }

  #end(): void {
    this.#isOver = true
    this.keeper.tenants.delete(this.space)
  }

  #leftError(): Error {
    const cause = this.#fault === undefined ? {} : { cause: this.#fault }
    return new LockspaceLeftError(textOfName(this.space), cause)
  }

  #tell({ kind: _, space, ...news }: Recovery): void {
    const callback = this.#onRecovery
    if (callback === undefined || space !== this.space || this.#isOver) return
    tellCallback(() => callback(news), this.keeper.onCallbackError)
  }
}

class OpenedLockspace extends NamedLockspace implements OpenLockspace {
  readonly #membership: Membership

  constructor(membership: Membership) {
    const { keeper, space } = membership
    super({
      space,
      nextSession: async (signal) => {
        membership.assertOpen()
        const session = await keeper.next(signal)
        // A new session may not have got it open again.
        membership.assertOpen()
        return session
      },
      lastSession: () => {
        membership.assertOpen()
        return keeper.last()
      },
      isOwnSession: (session) => keeper.isOwn(session),
      reconnect: keeper.reconnect,
      onCallbackError: keeper.onCallbackError,
    })
    this.#membership = membership
  }

  get attributes(): SpaceAttributes {
    return this.#membership.attributes
  }

  leave(options?: LeaveOptions): Promise<void> {
    return this.#membership.leave(options)
  }

  /** Never rejects, so that it does not hide an error of the block it ends. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.leave().catch((error: unknown) => this.#membership.keeper.onCallbackError(error))
  }
}
