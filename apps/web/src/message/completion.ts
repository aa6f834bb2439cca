import type { Profile } from "@roomlog/schemas"

/** A name that is being written: where it begins in the text, its sign included, and what of it is there. */
export interface Wanted {
  readonly kind: "person" | "emoji"
  readonly start: number
  readonly query: string
}

/** What the words before the caret ask to be completed: `@` and the beginning of a name, `:` and that of an emoji's. */
export const wantedAt = (text: string, caret: number): Wanted | null => {
  const line = text.slice(text.lastIndexOf("\n", caret - 1) + 1, caret)
  if ((line.split("`").length - 1) % 2 === 1) return null
  const emoji = /(?<![^\s(]):([\p{L}\p{N}_+-]{2,24})$/u.exec(line)
  if (emoji !== null) return { kind: "emoji", start: caret - emoji[0].length, query: emoji[1]! }
  const person = /(?<![\p{L}\p{N}\p{M}@/])@((?!\s)[^@\n]{0,40})$/u.exec(line)
  return person === null ? null : { kind: "person", start: caret - person[0].length, query: person[1]! }
}

/** The text with the wanted name in it, and where the caret stands then. A person's name is followed by one space. */
export const completed = (text: string, { kind, start }: Wanted, caret: number, name: string) => {
  const rest = text.slice(caret)
  const said = kind === "emoji" ? name : `@${name} `
  const after = kind === "person" && rest.startsWith(" ") ? rest.slice(1) : rest
  return { text: text.slice(0, start) + said + after, caret: start + said.length }
}

/** Somebody who can be mentioned. */
export interface Candidate extends Profile {
  readonly here: boolean
}

/** People whose names fit what is written: by their beginning or that of a word, those who are here first. */
export const peopleFor = (query: string, people: ReadonlyArray<Candidate>, most = 8): ReadonlyArray<Candidate> => {
  const wanted = folded(query)
  return people
    .map((person) => ({ person, rank: rankOf(folded(person.name), wanted) }))
    .filter(({ rank }) => rank < 3)
    .sort(
      (a, b) =>
        Number(a.rank === 2) - Number(b.rank === 2) ||
        Number(b.person.here) - Number(a.person.here) ||
        a.rank - b.rank ||
        a.person.name.localeCompare(b.person.name),
    )
    .slice(0, most)
    .map(({ person }) => person)
}

/** 0 the name begins so, 1 a word in it does, 2 it is somewhere in there, 3 not at all. */
const rankOf = (name: string, wanted: string): number => {
  if (name.startsWith(wanted)) return 0
  if (name.split(/(?<=[\s._-])/).some((_, n, words) => words.slice(n).join("").startsWith(wanted))) return 1
  return name.includes(wanted) ? 2 : 3
}

const folded = (name: string): string => name.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase()
