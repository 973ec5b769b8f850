import type { Heard } from './heard.ts'
import type { Compared } from './unmet.ts'
import type { World } from './world.ts'

/** Where a line stands: `file:12`. Absent where somebody types. */
export interface Place {
  readonly file: string
  readonly line: number
  readonly text: string
}

/** What went wrong, where, and at which word. */
export interface Complaint {
  readonly message: string
  readonly place?: Place
  readonly word?: { readonly text: string; readonly at?: number }
  /** The line as it was typed. */
  readonly text: string
}

/** What the shell shows: lines for people, or objects for programs. */
export interface Output {
  /** A line of a script, before it runs. */
  step(place: Place): void
  /** A call was sent; its answers carry the number. */
  sent(session: string, command: string, call: number): void
  heard(heard: Heard): void
  opened(session: string, node: string, id: string): void
  /** A `wait` or `expect` went well. */
  met(): void
  show(world: World): void
  help(text: string): void
  fault(complaint: Complaint): void
  unmet(complaint: Complaint, compared: readonly Compared[]): void
}
