/**
 * Checks that the engine does not pass yet, with the reason: the name of the file, or of the file and
 * one run ("file: run"). Each is played all the same, and must fail, so that the list cannot outlive
 * the faults.
 */
export const knownFailures: ReadonlyMap<string, string> = new Map([])
