/** The swarm: seeded worlds of whole nodes, and bugs planted to see whether it would find them. */
import process from 'node:process'
import { type Arguments, readArguments, usage } from './args.ts'
import { hunt } from './hunt.ts'
import { plants } from './plants/plants.ts'
import { replay } from './replay.ts'
import { sweep } from './sweep.ts'

async function run(options: Arguments): Promise<number> {
  if (options.plant === 'list') {
    for (const { name, group, note } of plants) console.log(`${name.padEnd(36)} ${group}: ${note}`)
    return 0
  }
  if (options.plant !== undefined && options.seed === undefined) return hunt(options, options.plant)
  if (options.seed !== undefined) return replay(options, options.seed)
  return sweep(options)
}

const options = readArguments(process.argv.slice(2))
if ('error' in options) {
  console.error(`${options.error}\n\n${usage}`)
  process.exitCode = 64
} else {
  process.exitCode = await run(options)
}
