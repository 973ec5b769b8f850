import { describe, expect, test } from 'vitest'
import { nameOfBytes, nameOfText, textOfName } from '../src/messages.ts'

const bytesOf = (name: string): number[] => Array.from(name, (character) => character.charCodeAt(0))

describe('a name from text', () => {
  test.each(['order/42', 'a b', 'ü', '中文', '😀/1', '100%25', 'a\u0000b', '\uFEFFx', '\u007f'])(
    'has the bytes of %j in UTF-8, and gives it back',
    (text) => {
      const name = nameOfText(text)
      expect(bytesOf(name)).toEqual([...new TextEncoder().encode(text)])
      expect(textOfName(name)).toBe(text)
    },
  )

  test.each([
    ['', 'has 1 to 255 bytes, this one 0'],
    ['x'.repeat(256), 'has 1 to 255 bytes, this one 256'],
    ['ü'.repeat(128), 'has 1 to 255 bytes, this one 256'],
    ['a\ud800', 'well-formed'],
    ['\udc00', 'well-formed'],
  ])('is refused for %j', (text, words) => {
    expect(() => nameOfText(text)).toThrow(TypeError)
    expect(() => nameOfText(text)).toThrow(words)
  })

  test('may have 255 bytes', () => {
    expect(nameOfText('x'.repeat(255))).toHaveLength(255)
    expect(nameOfText('ü'.repeat(127))).toHaveLength(254)
  })
})

describe('a name from bytes', () => {
  test('has each of them', () => {
    const all = Uint8Array.from({ length: 255 }, (_, index) => index + 1)
    expect(bytesOf(nameOfBytes(all))).toEqual([...all])
    expect(nameOfBytes(new Uint8Array([0]))).toBe('\u0000')
    expect(nameOfBytes(new TextEncoder().encode('ü'))).toBe(nameOfText('ü'))
  })

  test('is refused for none and for too many', () => {
    expect(() => nameOfBytes(new Uint8Array())).toThrow('this one 0')
    expect(() => nameOfBytes(new Uint8Array(256))).toThrow('this one 256')
  })

  test.each([
    [[0xff, 0x41], '\\xffA'],
    [[0x61, 0x00, 0x80], 'a\\x00\\x80'],
    // An overlong slash, half a surrogate pair, an end in the middle of a character.
    [[0xc0, 0xaf], '\\xc0\\xaf'],
    [[0xed, 0xa0, 0x80], '\\xed\\xa0\\x80'],
    [[0xe4, 0xb8], '\\xe4\\xb8'],
  ])('that are not UTF-8 is shown escaped: %j', (bytes, shown) => {
    expect(textOfName(nameOfBytes(Uint8Array.from(bytes)))).toBe(shown)
  })
})
