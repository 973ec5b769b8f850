import type { Client } from '../contract.ts'
import { Behaviour } from './behaviour.ts'

/** Only keeps hot resources alive, in NL. */
export class Keeper extends Behaviour {
  protected begin(client: Client): void {
    const { spaces, hotNames } = this.setup.options
    for (const space of spaces) {
      for (let index = 0; index < hotNames; index += 1) {
        client.request({
          resource: { space, name: `hot-${index}` },
          mode: 'NL',
          noQueue: false,
          useValue: true,
          notify: false,
        })
      }
    }
  }

  protected held(): void {
    // Kept until the end.
  }
}
