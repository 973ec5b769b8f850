/** Reads the words of a session from the file of their types, so that a new one cannot be forgotten. */

export interface Word {
  /** `request.range`, `LockReport.queue`, `Outcome.granted`. */
  readonly name: string
  /** For a field that takes certain words only: those words. */
  readonly choices: readonly string[]
}

interface ObjectType {
  readonly text: string
  /** The type whose fields are added to it by `&`. */
  readonly added: string
}

/** A type ends where something else begins at the margin. */
const declaration =
  /^export (?:interface|type) (\w+)([\s\S]*?)(?=^(?:export|function|import)\b|$(?![\s\S]))/gm
/** Object types that hold no others. */
const objectType = /\{([^{}]*)\}(?:\s*&\s*(\w+))?/g

/** Calls and events are named by their `kind`, interfaces and unions of words by their name. */
export function readVocabulary(source: string): readonly Word[] {
  const types = new Map<string, string>()
  for (const [, name = '', body = ''] of withoutRemarks(source).matchAll(declaration)) {
    types.set(name, body)
  }
  const added = new Set([...types.values()].flatMap(objectsOf).map((object) => object.added))
  return [...types]
    .filter(([name]) => !added.has(name))
    .flatMap(([name, body]) => wordsOf(name, body, types))
}

function wordsOf(name: string, body: string, types: ReadonlyMap<string, string>): readonly Word[] {
  const objects = objectsOf(body)
  if (objects.length === 0) {
    return choicesOf(body).map((choice) => ({ name: `${name}.${choice}`, choices: [] }))
  }
  return objects.flatMap(({ text, added }) => {
    const fields = [...fieldsOf(text), ...fieldsOf(types.get(added) ?? '')]
    const kind = fields.find((field) => field.name === 'kind')?.choices[0]
    return fields
      .filter((field) => field.name !== 'kind')
      .map((field) => ({ ...field, name: `${kind ?? name}.${field.name}` }))
  })
}

function objectsOf(body: string): readonly ObjectType[] {
  const rest = body.replace(objectType, '')
  if (fieldsOf(rest).length > 0) throw new Error(`fields that this reader does not see: ${rest}`)
  return [...body.matchAll(objectType)].map(([, text = '', added = '']) => ({ text, added }))
}

function fieldsOf(text: string): readonly Word[] {
  return [...text.matchAll(/readonly (\w+)\??: ([^;\n]*)/g)].map(([, name = '', type = '']) => ({
    name,
    choices: choicesOf(type),
  }))
}

function choicesOf(text: string): readonly string[] {
  return [...text.matchAll(/'([^']+)'/g)].map(([, choice = '']) => choice)
}

function withoutRemarks(source: string): string {
  return source.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '')
}
