/** One or two letters: of the first and the last word, or the first two of the only one. */
export const initials = (name: string): string => {
  const words = name.split(/[\s._-]+/u).filter((word) => word !== "")
  const letters = words.length > 1 ? [first(words[0]!), first(words.at(-1)!)] : [...(words[0] ?? "?")].slice(0, 2)
  return letters.join("").toUpperCase()
}

const first = (word: string): string => [...word][0] ?? ""
