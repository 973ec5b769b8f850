import { randomBytes } from 'node:crypto'
import type { RawEvent, SessionEnd } from '@holdfast/client/raw-session'
import type { Access } from '../access.ts'
import { EXIT } from '../exit-code.ts'
import type { CallCommand, StepCommand } from './commands.ts'
import { Fault } from './fault.ts'
import { Ear, hear } from './heard.ts'
import { helpText } from './help.ts'
import { callOf, expectedWords, stepOf } from './interpret.ts'
import { type ListenStep, listen } from './listen.ts'
import { openSession } from './open-session.ts'
import type { Subject } from './outcome.ts'
import type { Output } from './output.ts'
import type { Line } from './parse.ts'
import type { Given, GivenWord } from './word.ts'
import { type SessionEntry, World } from './world.ts'

export interface ShellOptions {
  readonly access: Access
  /** The lockspace of names that are given without one. */
  readonly space: string
  readonly output: Output
}

/** A line that does not name a call, and what ends it early. */
interface StepLine extends Omit<Line, 'command'> {
  readonly signal: AbortSignal
}

/** Carries out one line after the other. */
export class Shell {
  readonly world: World
  readonly #access: Access
  readonly #output: Output
  readonly #ear = new Ear()
  #isClosed = false
  #onAnswered: (() => void) | undefined
  /** Tells the sessions of this shell from those of another one where locks are listed. */
  readonly #name = `shell-${randomBytes(4).toString('hex')}`

  constructor({ access, space, output }: ShellOptions) {
    this.world = new World(space)
    this.#access = access
    this.#output = output
  }

  /**
   * Resolves when the line is done, with `quit` when it was the last one. Rejects with a `Fault`, with
   * `Unmet`, or with the reason of the signal, which ends what waits.
   */
  async run({ command, ...line }: Line, signal: AbortSignal): Promise<'on' | 'quit'> {
    if (command.sort === 'step') return this.#step(command, { ...line, signal })
    this.#call(command, line)
    return 'on'
  }

  /**
   * Resolves when every call has its answer, or after that time: what waits in a queue may do so for ever.
   * A session that has ended answers no more.
   */
  async answered(ms: number): Promise<void> {
    if (this.#isAnswered()) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.#onAnswered = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  #isAnswered(): boolean {
    const sessions = [...this.world.sessions.values()]
    return sessions.every(({ raw, unanswered }) => raw.ended !== undefined || unanswered.size === 0)
  }

  /** Ends all sessions; their locks are freed, and nothing more is shown. */
  close(): void {
    this.#isClosed = true
    for (const { raw } of this.world.sessions.values()) raw.close()
  }

  #call(command: CallCommand, { given, session: prefix }: Omit<Line, 'command'>): void {
    const session = this.#sessionOf(command, given, prefix)
    const call = callOf(command, given, this.world.names(session))
    const label = given.get('lock')?.value
    if (label !== undefined && isNewLock(call.kind)) this.#ear.forget({ lock: label })
    const number = session.raw.send(call)
    this.world.onSent(session, call, { number, ...(label === undefined ? {} : { label }) })
    this.#output.sent(session.label, command.word, number)
  }

  /** The session that a call is for: named before it, or that of its lock, or the current one. */
  #sessionOf({ word }: CallCommand, given: Given, prefix: GivenWord | undefined): SessionEntry {
    const label = given.get('lock')
    const hasLock = word === 'convert' || word === 'unlock' || word === 'cancel'
    if (!hasLock || label === undefined) return this.#livingSession(prefix)
    const { session } = this.world.lock(label.value)
    return this.#livingSession(prefix ?? { ...label, value: session.label })
  }

  #livingSession(named: GivenWord | undefined): SessionEntry {
    const session = named === undefined ? this.world.current : this.world.session(named.value)
    if (session === undefined) throw new Fault('there is no session yet; open one: session a')
    const { label, raw } = session
    if (raw.ended === undefined) return session
    throw new Fault(
      `session ${label} has ended (${raw.ended.reason}); open it again: session ${label}`,
      { word: named, exitCode: EXIT.lost },
    )
  }

  async #step(command: StepCommand, line: StepLine): Promise<'on' | 'quit'> {
    const step = stepOf(command, line.given, this.world.names(undefined))
    switch (step.kind) {
      case 'session':
        await this.#open(step.session, step.node, line.signal)
        break
      case 'use':
        this.world.current = this.world.session(step.session)
        break
      case 'close':
        this.#livingSession(line.session).raw.close()
        break
      case 'show':
        this.#output.show(this.world)
        break
      case 'help':
        this.#output.help(helpText(step.command))
        break
      case 'quit':
        return 'quit'
      default:
        await this.#listen(step, line)
    }
    return 'on'
  }

  async #listen(step: ListenStep, { given, signal }: StepLine): Promise<void> {
    const words =
      step.kind === 'expect'
        ? expectedWords(given, this.world.names(this.#heardFrom(step.of)))
        : new Map<string, string>()
    await listen(step, { ear: this.#ear, words, signal })
    this.#output.met()
  }

  #heardFrom(of: Subject): SessionEntry {
    return 'lock' in of ? this.world.lock(of.lock).session : this.world.session(of.session)
  }

  async #open(label: string, node: string | undefined, signal: AbortSignal): Promise<void> {
    const { sessions } = this.world
    if (sessions.get(label)?.raw.ended === undefined && sessions.has(label)) {
      throw new Fault(`session ${label} is open already; close it first: ${label}: close`)
    }
    let entry: SessionEntry | undefined
    const raw = await openSession({
      access: this.#access,
      name: `${this.#name}-${label}`,
      node,
      signal,
      onEvent: (event) => {
        if (entry !== undefined) this.#onEvent(entry, event)
      },
      onEnd: (end) => {
        if (entry !== undefined) this.#onEnd(entry, end)
      },
    })
    entry = { label, raw, locks: new Map(), unanswered: new Set() }
    this.#ear.forget({ session: label })
    sessions.set(label, entry)
    this.world.current = entry
    this.world.nodes.add(raw.opened.node)
    this.#output.opened(label, raw.opened.node, raw.opened.session)
    // It may have ended before there was an entry to hear it.
    if (raw.ended !== undefined) this.#onEnd(entry, raw.ended)
  }

  #onEvent(session: SessionEntry, event: RawEvent): void {
    const lock = this.world.onEvent(session, event)
    const of: Subject = lock === undefined ? { session: session.label } : { lock: lock.label }
    this.#hear(hear(of, event, this.world.names(session)))
  }

  #onEnd(session: SessionEntry, end: SessionEnd): void {
    const of = { session: session.label }
    this.#hear(hear(of, { kind: 'closed', ...end }, this.world.names(session)))
  }

  // Shown first: a step that takes it may show something of its own.
  #hear(heard: ReturnType<typeof hear>): void {
    if (this.#isClosed) return
    this.#output.heard(heard)
    this.#ear.add(heard)
    if (this.#onAnswered !== undefined && this.#isAnswered()) this.#onAnswered()
  }
}

function isNewLock(kind: string): boolean {
  return kind === 'request' || kind === 'adopt'
}
