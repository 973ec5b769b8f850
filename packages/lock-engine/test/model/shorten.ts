/** Leaves out what is not needed for a fault: halves first, then ever smaller pieces. */
export function shorten<Item>(
  items: readonly Item[],
  fails: (items: readonly Item[]) => boolean,
): readonly Item[] {
  let kept = items
  for (let size = Math.ceil(kept.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let start = 0; start < kept.length; ) {
      const without = [...kept.slice(0, start), ...kept.slice(start + size)]
      if (fails(without)) kept = without
      else start += size
    }
  }
  return kept
}
