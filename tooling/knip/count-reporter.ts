// Says how many files knip looked at. Without it, a configuration that matches nothing is green.
import type { Reporter } from 'knip'

const countReporter: Reporter = ({ counters }) => {
  process.stdout.write(`knip looked at ${counters.processed} files\n`)
}

export default countReporter
