/**
 * The six lock modes, weakest first: null, concurrent read, concurrent write, protected read,
 * protected write, exclusive (VMS lock manager; Linux dlm keeps the names).
 */
export type LockMode = 'NL' | 'CR' | 'CW' | 'PR' | 'PW' | 'EX'

/** All modes in numeric order. CW and PR have an order but neither is stronger than the other. */
export const lockModes: readonly LockMode[] = ['NL', 'CR', 'CW', 'PR', 'PW', 'EX']
