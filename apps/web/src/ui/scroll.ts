/** Where a row stands below the upper edge of its viewport, in pixels. */
export interface Place {
  readonly key: string
  readonly offset: number
}

/** Where the rows in sight stand, from the top. The very first row of the list is left out while there are others: what comes before it may change it. */
export const placesInSight = (viewport: HTMLElement, list: HTMLElement): ReadonlyArray<Place> => {
  const { top, bottom } = viewport.getBoundingClientRect()
  const rows = list.children
  const places: Place[] = []
  for (let at = Math.max(firstBelow(rows, top), rows.length > 2 ? 2 : 0); at < rows.length; at += 1) {
    const row = rows[at] as HTMLElement
    const offset = row.getBoundingClientRect().top
    if (offset >= bottom) break
    if (row.dataset["key"] !== undefined && row.dataset["anchor"] !== "no")
      places.push({ key: row.dataset["key"], offset: offset - top })
  }
  return places
}

/** Scrolls so that the first row of `places` that still exists stands where it stood. */
export const returnTo = (viewport: HTMLElement, list: HTMLElement, places: ReadonlyArray<Place>): void => {
  for (const { key, offset } of places) {
    const row = rowOf(list, key)
    if (row === null) continue
    const moved = row.getBoundingClientRect().top - viewport.getBoundingClientRect().top - offset
    if (Math.abs(moved) >= 0.5) viewport.scrollTop += moved
    return
  }
}

export const rowOf = (list: HTMLElement, key: string): HTMLElement | null =>
  list.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`)

/** How far the lower edge of the content is below that of the viewport. */
export const distanceToEnd = (viewport: HTMLElement): number =>
  viewport.scrollHeight - viewport.scrollTop - viewport.clientHeight

/** Index of the first row whose lower edge is below `top`, found by halving. */
const firstBelow = (rows: HTMLCollection, top: number): number => {
  let low = 0
  let high = rows.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (rows[middle]!.getBoundingClientRect().bottom > top) high = middle
    else low = middle + 1
  }
  return low
}
