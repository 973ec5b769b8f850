import { describe, expect, test } from 'vitest'
import { nameOfBytes, nameOfText, textOfName } from '../src/messages.ts'

const bytesOf = (name: string): number[] => Array.from(name, (character) => character.charCodeAt(0))

describe('a name from text', () => {
  test.each(['order/42', 'a b', 'ü', '中文', '😀/1', '100%25', '\uFEFFx', '👩‍🚀'])(
    'has the bytes of %j in UTF-8, and gives it back',
    (text) => {
      const name = nameOfText(text)
      expect(bytesOf(name)).toEqual([...new TextEncoder().encode(text)])
      expect(textOfName(name)).toBe(text)
    },
  )

  test.each([
    ['\u001b[31mred', '\\x1b[31mred'],
    ['a\u0000b\u007f\n', 'a\\x00b\\x7f\\x0a'],
    // A control character of two bytes, beside text that stays.
    ['ü\u009b1m', 'ü\\xc2\\x9b1m'],
    // Turns what follows around; ends the line.
    ['a\u202eb\u2028', 'a\\xe2\\x80\\xaeb\\xe2\\x80\\xa8'],
  ])(
    '%j is shown with its control characters escaped, and has them all the same',
    (text, shown) => {
      const name = nameOfText(text)
      expect(bytesOf(name)).toEqual([...new TextEncoder().encode(text)])
      expect(textOfName(name)).toBe(shown)
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
