/** Rules of the engine that the other side of a session needs too. */
export { canWrite } from './lock-mode.ts'
export { type Conversion, whileConverting } from './while-converting.ts'
