import {
  checkTiming,
  leaseMs,
  TIMING_DEFAULT,
  TIMING_FAST,
  TIMING_WAN,
  waitMs,
} from '@holdfast/membership'
import { describe, expect, it } from 'vitest'

describe('the lengths of the protocol', () => {
  it('of all profiles may be used', () => {
    for (const timing of [TIMING_DEFAULT, TIMING_FAST, TIMING_WAN]) {
      expect(checkTiming(timing)).toEqual([])
    }
  })

  it('end a lease on the fastest voter clock before its promise, for the slowest holder', () => {
    for (const rho of [0, 0.0005, 0.01, 0.1]) {
      const timing = { ...TIMING_DEFAULT, rho }
      // Real length of the lease on a slow clock, and of the promise on a fast one.
      const leaseLasts = (leaseMs(timing) + timing.guardMs) / (1 - rho)
      const promiseLasts = timing.promiseMs / (1 + rho)
      expect(leaseLasts).toBeLessThanOrEqual(promiseLasts + 1e-9)
      // A remaining promise on a slow clock is over when a fast one has waited for it.
      expect(waitMs(timing, 1000) / (1 + rho)).toBeGreaterThanOrEqual(1000 / (1 - rho) - 1e-9)
    }
  })

  it('are refused when they contradict each other', () => {
    const faultsOf = (part: object): number => checkTiming({ ...TIMING_DEFAULT, ...part }).length
    expect(faultsOf({ promiseMs: 1200 })).toBeGreaterThan(0)
    expect(faultsOf({ suspectMs: 600 })).toBe(1)
    expect(faultsOf({ rho: 0.5 })).toBe(1)
    expect(faultsOf({ heartbeatMs: Number.NaN })).toBe(1)
    expect(faultsOf({ guardMs: 2500 })).toBe(1)
    expect(faultsOf({ retryMs: 900 })).toBe(1)
  })
})
