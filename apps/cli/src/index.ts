/**
 * The `holdfast` command, to build it into another one. What it can do is in the README; what it is
 * made of is `@holdfast/client` and `@holdfast/node`.
 */
export type { ProgramOptions } from './program.ts'
export { createProgram } from './program.ts'
