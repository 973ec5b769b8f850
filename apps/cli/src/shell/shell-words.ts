import { callWords } from './call-words.ts'
import type { Names } from './names.ts'
import { type AnyFields, namedFields } from './word.ts'

const fields: ReadonlyMap<string, string> = new Map(
  Object.values(callWords)
    .flatMap((one) => namedFields(one as AnyFields))
    .filter(([field]) => /[A-Z]/.test(field)),
)
const fieldName = new RegExp(`\\b(${[...fields.keys()].join('|')})\\b`, 'g')

/** A reason speaks of fields and numbers of locks as calls have them; here they have other names. */
export function inShellWords(reason: string, names: Names): string {
  return reason
    .replace(fieldName, (field) => fields.get(field) ?? field)
    .replace(/\block (\d+) in this session\b/g, (_, lock: string) => {
      return `lock ${names.lockName(Number(lock))} in this session`
    })
}
