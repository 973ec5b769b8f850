export { createLink } from './create-link.ts'
export { LINK_LIMITS } from './limits.ts'
export type { Link, LinkLimits, LinkSegment, Sequenced } from './link.ts'
