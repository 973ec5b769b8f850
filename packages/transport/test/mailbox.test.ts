import { createMailbox } from '@holdfast/transport'
import { describe, expect, it } from 'vitest'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

function listen(log: string[], onFrame?: (text: string) => void) {
  return {
    onFrame(frame: Uint8Array) {
      const text = new TextDecoder().decode(frame)
      log.push(text)
      onFrame?.(text)
    },
    onDrain: () => void log.push('drain'),
    onClose: (reason: string) => void log.push(`close: ${reason}`),
  }
}

describe('a mailbox', () => {
  it('keeps events in order until somebody receives', () => {
    const mailbox = createMailbox(1_000)
    mailbox.frame(bytes('one'))
    mailbox.drain()
    mailbox.frame(bytes('two'))
    mailbox.close('over')
    const log: string[] = []
    mailbox.receive(listen(log))
    expect(log).toEqual(['one', 'drain', 'two', 'close: over'])
  })

  it('tells of the end once, and of nothing after it', () => {
    const mailbox = createMailbox(1_000)
    const log: string[] = []
    mailbox.receive(listen(log))
    mailbox.close('over')
    mailbox.close('again')
    mailbox.drain()
    expect(mailbox.frame(bytes('late'))).toBe(true)
    expect(log).toEqual(['close: over'])
  })

  it('keeps the order when a receiver causes further events', () => {
    const mailbox = createMailbox(1_000)
    mailbox.frame(bytes('one'))
    mailbox.frame(bytes('two'))
    const log: string[] = []
    mailbox.receive(
      listen(log, (text) => {
        if (text === 'one') mailbox.frame(bytes('three'))
      }),
    )
    expect(log).toEqual(['one', 'two', 'three'])
  })

  it('keeps a bounded number of bytes, small frames counted as more', () => {
    const mailbox = createMailbox(1_000)
    const kept = Array.from({ length: 100 }, () => mailbox.frame(bytes('x')))
    expect(kept.filter((taken) => taken).length).toBe(15)
  })
})
