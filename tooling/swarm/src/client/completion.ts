import type { SessionEvent } from '@holdfast/lock-engine/messages'

/** What a completion tells. */
export type Completion = Extract<SessionEvent, { readonly kind: 'completion' }>
