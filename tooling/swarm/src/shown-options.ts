import type { SwarmOptions } from './options.ts'

/** The derived options of a world, for people. */
export function showOptions(options: SwarmOptions): readonly string[] {
  const { timing, path, workload } = options
  const nodes = options.nodes.map(({ name, votes, witness, clockRate }) => {
    const kind = witness ? ' witness' : ''
    return `${name}: ${votes} votes${kind}, clock x${clockRate}`
  })
  const faultKinds = new Set(options.faults.map(({ name }) => name))
  return [
    `nodes      ${nodes.join('; ')}`,
    `genesis    ${options.genesis.map(({ node, votes }) => `${node}:${votes}`).join(' ')}, tie breaker ${options.tieBreaker ?? 'none'}`,
    `timing     ${JSON.stringify(timing).replace(/"/g, '')}`,
    `path       ${JSON.stringify(path).replace(/"/g, '')}, codec ${options.codec}`,
    `disk       ${JSON.stringify(options.disk).replace(/"/g, '')}, timers late ${options.timerLateMs} ms`,
    `clients    ${options.clients.length}, latency ${options.clientLatencyMs} ms`,
    `workload   ${JSON.stringify(workload).replace(/"/g, '')}`,
    options.schedule === undefined
      ? `faults     ${options.faults.length} of ${[...faultKinds].join(', ') || 'none'}`
      : `schedule   ${options.schedule}`,
  ]
}
