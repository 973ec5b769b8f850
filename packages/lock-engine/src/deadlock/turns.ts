/**
 * Taking turns where not all can be told at once: each question begins somewhere else, so that none
 * stays hidden for ever. Its number times an irrational, without the whole part, comes near every
 * place, in whatever steps the numbers go. (Weyl's equidistribution theorem, 1916.)
 */

/** For things that are chosen one inside the other, so that the choices do not depend on each other. */
export const strides: { readonly outer: number; readonly inner: number } = {
  outer: Math.SQRT2,
  inner: (1 + Math.sqrt(5)) / 2,
}

/** Where this turn begins among so many. */
export function startOf(turn: number, count: number, stride: number): number {
  return Math.floor(((turn * stride) % 1) * count)
}

/** As many as are allowed, those of this turn. */
export function turnOf<Item>(
  items: readonly Item[],
  countMax: number,
  turn: number,
  stride: number,
): readonly Item[] {
  if (items.length <= countMax) return items
  const start = startOf(turn, items.length, stride)
  return [...items.slice(start, start + countMax), ...items.slice(0, start)].slice(0, countMax)
}
