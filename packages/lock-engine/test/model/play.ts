import { replay } from './duel.ts'
import { subjects } from './workload.ts'
const R = (lock: number, mode: string, terms: object = {}) => ({ kind: 'request', lock, resource: { space: 'test', name: 'r0' }, mode, noQueue: false, useValue: false, notify: true, ...terms })
export function tell(nodes: number, steps: any[]) {
  const shape = { seed: 'play', nodes, places: 4, roots: 2, locksMax: 20, locksPerSessionMax: 65536, modes: ['NL'], subjects: new Set(subjects) } as any
  console.log(replay(shape, steps, (line) => console.log(line)))
}
const call = (place: number, call: any) => ({ kind: 'call', place, call })
const close = (place: number) => ({ kind: 'close', place })
const A = (lock: number, mode: string) => ({ kind: 'adopt', lock, resource: { space: 'test', name: 'r0' }, mode, useValue: false, notify: true })
const rg = (a: bigint, b: bigint) => ({ range: { start: a, end: b } })
const N = {noQueue:true, tellHolders:true}
const C = (lock: number, mode: string, terms: object = {}) => ({kind:'convert', lock, mode, noQueue:false,queueFair:false,useValue:false, ...terms})
tell(1, [call(0, R(1, 'PR')), call(1, R(2, 'CR')), call(2, R(3, 'EX')), call(0, C(1, 'EX')), call(2, {kind:'unlock', lock: 3}), call(2, R(4, 'PW')), call(0, {kind:'cancel', lock: 1})])
