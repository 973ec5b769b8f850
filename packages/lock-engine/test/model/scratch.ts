import { createRandom } from '@holdfast/primitives'
import { Census } from './census.ts'
import { playRandom } from './duel.ts'
import { describeFault } from './fault.ts'
import { drawShape, Workload } from './workload.ts'
const [runs = '50', nodes = '1', from = '0', steps='250', mode='new'] = process.argv.slice(2)
const avoid: Record<string, (step: any, locks: readonly any[]) => boolean> = {}
const draw = Workload.prototype.draw
Workload.prototype.draw = function (locks) {
  for (;;) {
    const step = draw.call(this, locks) as any
    if (!Object.values(avoid).some((test) => test(step, locks))) return step
  }
}
const census = new Census()
const begin = performance.now()
let played = 0, six = 0
for (let run = Number(from); run < Number(from) + Number(runs); run += 1) {
  const seed = `${nodes}-${run}`
  const random = createRandom(seed)
  let shape = drawShape(random, seed, Number(nodes))
  census.begin()
  const fault = playRandom(random, shape, Number(steps), census)
  played += Number(steps)
  if (fault !== undefined && /^\n {2}nothing\ninstead of\n {2}session \d+ lock \d+: blocks \w+$/.test(fault.message)) { six += 1; continue }
  if (fault !== undefined) {
    console.log('seed', seed, fault.message)
    if (!process.argv.includes('short')) console.log(describeFault(shape, fault)); console.log({...shape, subjects: [...shape.subjects]})
    break
  }
}
const cpu = process.cpuUsage(); console.log('six', six, played, 'steps', ((performance.now() - begin) / played * 1000).toFixed(1), 'us/step wall', ((cpu.user+cpu.system)/played).toFixed(1), 'us/step cpu')
if (process.argv.includes('census')) console.log([...census.counts].sort((a,b)=>a[1]-b[1]).map(([k,v])=>`${v} ${k}`).join('\n'))
