export type { Link, LinkLimits, LinkSegment, Sequenced } from './link.ts'
