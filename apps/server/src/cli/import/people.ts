import { derivedId, type Newcomer } from "@roomlog/backend"
import { Names } from "@roomlog/domain"
import type { UserId } from "@roomlog/schemas"
import type { Here } from "./here.ts"
import type { Report } from "./report.ts"
import { personName } from "./words.ts"

/** Somebody who says something in a page of old messages. */
export interface Heard {
  readonly id: UserId
  readonly username: string
  readonly at: number
}

/** The name behind everything that nobody said: it made the rooms. Nobody can ever speak as it. */
export const importer: Newcomer = {
  id: derivedId("django", "importer") as UserId,
  name: "Old chat",
  mayHold: false,
  at: 0,
}

/** Who was called so: one person for each name, in every old database. */
export const personOf = (username: string | null): UserId =>
  derivedId("django", "person", Names.canonical(username ?? "")) as UserId

/** People of the old application, who get their profiles when they are first heard. */
export const makePeople = (here: Here, report: Report) => {
  const met = new Set<UserId>()
  const shown = new Set<string>()

  const newcomer = ({ id, username, at }: Heard): Newcomer => {
    const first = personName(username)
    const { name, isChanged } =
      first.isChanged && shown.has(first.name) ? personName(username, `old ${id.slice(-4)}`) : first
    shown.add(name)
    if (isChanged) report.note("person", username, `nobody can be called so today; shown as "${name}"`)
    return { id, name, mayHold: !isChanged, at }
  }

  return {
    /** Makes sure that everybody who is heard has a profile. */
    meet: async (heard: ReadonlyArray<Heard>): Promise<void> => {
      const fresh = new Map<UserId, Heard>()
      for (const one of heard) if (!met.has(one.id) && !fresh.has(one.id)) fresh.set(one.id, one)
      if (fresh.size === 0) return
      for (const { id } of await here.look.people([...fresh.keys()])) {
        fresh.delete(id)
        met.add(id)
        report.add("people", "here")
      }
      const newcomers = [...fresh.values()].map(newcomer)
      if (newcomers.length === 0) return
      await here.welcome(newcomers)
      for (const { id } of newcomers) met.add(id)
      report.add("people", "taken", newcomers.length)
    },
  }
}
