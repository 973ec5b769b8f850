/**
 * A whole world in one thread: virtual time, network, disks, clocks, pauses and crashes for any
 * {@link Machine}, from one seed.
 *
 * It knows nothing of what it runs: a {@link Program} says how to create a machine and which of its
 * outputs is a packet, a write or the end; an {@link Observer} judges what happens. It is not a
 * performance model and has no threads, so what two machines do at one instant has an order.
 */
export type { Latency } from './latency.ts'
export { drawExponential, drawLatency, drawWithin } from './latency.ts'
export type { Observer } from './observer.ts'
export type { Effect, NodeStart, Program, Sender } from './program.ts'
export type { Flight, Rule, Verdict } from './rule.ts'
export { bridge, cutBetween, cutOneWay, isolate, ring } from './rule.ts'
export type { SimClock } from './sim-clock.ts'
export { createSimClock } from './sim-clock.ts'
export type { DiskBehaviour, DiskCounts, SimDisk } from './sim-disk.ts'
export { defaultDisk } from './sim-disk.ts'
export type { NetworkCounts, Path, SimNetwork } from './sim-network.ts'
export { defaultPath } from './sim-network.ts'
export type { NodeState, ResumeOptions, SimNode } from './sim-node.ts'
export type { NodeOptions, Simulation, SimulationOptions } from './simulation.ts'
export { createSimulation } from './simulation.ts'
export type { Trace, TraceEntry } from './trace.ts'
