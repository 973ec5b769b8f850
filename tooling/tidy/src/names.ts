const bannedWords = ['util', 'utils', 'helper', 'helpers', 'misc', 'manager', 'managers']
const bannedStems = ['common', 'types', 'shared']

/** Paths with a folder or file name that says nothing about what is inside. */
export function findNameFaults(paths: readonly string[]): readonly string[] {
  return paths.flatMap((path) => {
    const stems = path.split('/').map((segment) => segment.replace(/(?<=.)\..*$/, ''))
    const bad = stems.find(
      (stem) =>
        bannedStems.includes(stem) || stem.split('-').some((word) => bannedWords.includes(word)),
    )
    return bad === undefined ? [] : [`${path}: "${bad}" names no concern`]
  })
}
