import { createRandom } from '@holdfast/primitives'
import { Census } from './census.ts'
import { ReferenceTable } from './reference-table.ts'
import { drawShape, Workload } from './workload.ts'
const [runs = '50', nodes = '1', steps='250'] = process.argv.slice(2)
const census = new Census()
let played = 0
for (let run = 0; run < Number(runs); run += 1) {
  const seed = `${nodes}-${run}`
  const random = createRandom(seed)
  const shape = drawShape(random, seed, Number(nodes))
  census.begin()
  const model = new ReferenceTable(shape.locksPerSessionMax)
  const workload = new Workload(random, shape)
  const places: number[] = []
  let sessions = 0, calls = 0
  for (let p = 0; p < shape.places; p += 1) places.push(++sessions)
  for (let s = 0; s < Number(steps); s += 1) {
    const step = workload.draw(model.locks.map((lock) => { const place = places.indexOf(lock.session); return { lock, place: place < 0 || lock.orphan ? undefined : place } }))
    census.note('locks ' + model.locks.length)
    if (step.kind === 'pass') model.pass(step.ms)
    else if (step.kind === 'close') { model.close(places[step.place]!); places[step.place] = ++sessions }
    else {
      const session = places[step.place]!
      const call = { ...step.call, call: ++calls } as any
      census.called(session, call, model.find(session, call.lock))
      model.call(session, 1 + step.place % Number(nodes), call)
    }
    census.heard(model.events, model.locks)
    model.events = []
    played += 1
  }
}
const cpu = process.cpuUsage(); console.log(played, 'steps', ((cpu.user+cpu.system)/played).toFixed(1), 'us/step cpu')
console.log([...census.counts].sort((a,b)=>a[0]<b[0]?-1:1).map(([k,v])=>`${k}: ${v}`).join('\n'))
import { expected } from './expected.ts'
console.log('MISSING', expected.filter((key) => (census.counts.get(key) ?? 0) < 20).map((k) => `${k}: ${census.counts.get(k)}`).join('\n'))
