/** Rows under their headings, in columns as wide as what stands in them. */
export const columns = (headings: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): string => {
  const all = [headings, ...rows].map((row) => row.map(oneLine))
  const widths = headings.map((_, i) => Math.max(...all.map((row) => row[i]!.length)))
  return all
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i]!))
        .join("  ")
        .trimEnd(),
    )
    .join("\n")
}

/** Facts, one a line, with what they are about in front. */
export const facts = (all: Readonly<Record<string, string>>): string => {
  const width = Math.max(...Object.keys(all).map((name) => name.length))
  return Object.entries(all)
    .map(([name, value]) => `${name.padEnd(width)}  ${oneLine(value)}`)
    .join("\n")
}

/** A time in Unix milliseconds as people of all time zones read it: 2026-11-22 18:49:20Z. */
export const time = (milliseconds: number): string =>
  new Date(milliseconds).toISOString().replace("T", " ").replace(/\.\d+/, "")

export const count = (many: number): string => many.toLocaleString("en")

/** What people wrote, without what would move a terminal's cursor. */
export const oneLine = (text: string): string => text.replace(unseen, (found) => (/\s/.test(found) ? " " : "\u{fffd}"))

const unseen = /[\p{Cc}\p{Cf}\u2028\u2029]+/gu
