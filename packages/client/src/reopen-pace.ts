import type { Millis } from '@holdfast/primitives'

/** A session that ends sooner has not lasted: what ended it may well end the next one. */
const LASTING_MS = 5_000
const FIRST_PAUSE_MS = 50
const PAUSE_MS_MAX = 5_000

/**
 * How soon a lost session is followed by another one. At once, as a rule; but a node that ends each
 * session soon, because of what is asked there, must not be asked the same again without a pause.
 */
export class ReopenPace {
  /** Sessions in a row that have not lasted. */
  #short = 0

  ended(lastedMs: Millis): void {
    this.#short = lastedMs < LASTING_MS ? this.#short + 1 : 0
  }

  /** Before the next session is opened, ms. */
  get pauseMs(): Millis {
    if (this.#short < 2) return 0
    return Math.min(PAUSE_MS_MAX, FIRST_PAUSE_MS * 2 ** (this.#short - 2))
  }
}
