/** One line of the shared file: under which token which worker wrote its how-manieth line. */
export interface Line {
  readonly token: bigint
  readonly worker: string
  readonly n: number
}

export function formatLine({ token, worker, n }: Line): string {
  return `${token} ${worker} ${n}\n`
}

/** The line without its line break; `undefined` when it is not one. */
export function parseLine(text: string): Line | undefined {
  const match = /^(\d{1,20}) ([\w.-]{1,32}) (\d{1,12})$/.exec(text)
  const [, token, worker, n] = match ?? []
  if (token === undefined || worker === undefined || n === undefined) return undefined
  return { token: BigInt(token), worker, n: Number(n) }
}
