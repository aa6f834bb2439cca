import { columns, count, oneLine } from "../lines.ts"

/** Something that is not here as it was there. */
interface Note {
  readonly kind: "room" | "person" | "message" | "image" | "table"
  /** The id in the old database, or a name. */
  readonly which: string
  readonly what: string
}

const kinds = ["rooms", "people", "messages", "images"] as const
export type Kind = (typeof kinds)[number]

/** What became of what there was. */
export class Report {
  readonly #counts = new Map<string, number>()
  readonly #notes: Array<Note> = []

  /** Counts one more of a kind. */
  add(kind: Kind, became: "taken" | "here" | "left", many = 1): void {
    const key = `${kind} ${became}`
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + many)
  }

  note(kind: Note["kind"], which: string, what: string): void {
    this.#notes.push({ kind, which, what })
  }

  /** A message that was not taken over. */
  left(id: string, why: string): void {
    this.add("messages", "left")
    this.note("message", id, why)
  }

  get messages(): number {
    return this.#count("messages", "taken")
  }

  /** The lines for people: a table, what is not as it was, and how fast it went. */
  lines(milliseconds: number, isDry: boolean): ReadonlyArray<string> {
    const notes = this.#notes.map(({ kind, which, what }) => `  ${kind} ${oneLine(which)}: ${oneLine(what)}`)
    return [
      columns(["", isDry ? "would be taken over" : "taken over", "here already", "left behind"], this.#rows()),
      ...(notes.length === 0 ? [] : ["", `Not as it was (${count(notes.length)}):`, ...notes]),
      "",
      isDry ? "Nothing was changed." : this.#speed(milliseconds),
    ]
  }

  #rows(): ReadonlyArray<ReadonlyArray<string>> {
    return kinds.map((kind) => [
      kind,
      ...(["taken", "here", "left"] as const).map((became) => count(this.#count(kind, became))),
    ])
  }

  #speed(milliseconds: number): string {
    if (this.messages === 0) return "Nothing was new."
    const rate = Math.round((this.messages / Math.max(milliseconds, 1)) * 1_000)
    return `${(milliseconds / 1_000).toFixed(1)} s, ${count(rate)} messages a second`
  }

  #count(kind: Kind, became: string): number {
    return this.#counts.get(`${kind} ${became}`) ?? 0
  }
}
