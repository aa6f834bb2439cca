import type { Here } from "./here.ts"
import type { OldRow } from "./oldRooms.ts"
import { makePeople } from "./people.ts"
import type { Report } from "./report.ts"
import type { Target } from "./rooms.ts"
import { readSaid, type Said } from "./said.ts"

/** A page of old messages: how many, and those of which something is not here yet. */
export interface Page {
  readonly rows: number
  readonly fresh: ReadonlyArray<Said>
  /** Ids of those of its messages that are here. */
  readonly known: ReadonlySet<string>
}

export interface PageNeeds {
  readonly here: Here
  readonly report: Report
  readonly targets: ReadonlyArray<Target>
  /** Nothing was said after this, whatever the old clock says. */
  readonly until: number
}

/** Looks through pages in order: what is here already, what has no place, and who is heard for the first time. */
export const makePages = ({ here, report, targets, until }: PageNeeds) => {
  const byKey = new Map(targets.map((target) => [target.old.key, target]))
  const people = makePeople(here, report)
  let last = Math.min(until, ...targets.flatMap(({ old }) => old.at ?? []))

  const read = (row: OldRow): ReadonlyArray<Said> => {
    const target = byKey.get(row.room ?? "")
    if (target === undefined)
      return leave(row, row.room === null ? "it is in no room" : `its room ${row.room} is not there`)
    const said = readSaid(row, target, last)
    if (said.ids.length === 0) return leave(row, "it says nothing")
    last = Math.min(said.at, until)
    return [{ ...said, at: last }]
  }

  const leave = (row: OldRow, why: string): [] => {
    report.left(row.id, why)
    return []
  }

  return async (rows: ReadonlyArray<OldRow>): Promise<Page> => {
    const all = rows.flatMap(read)
    const known = new Set((await here.look.messages(all.flatMap(({ ids }) => ids))).map(({ id }) => id))
    const [fresh, old] = [all.filter(isFresh(known)), all.filter((said) => !isFresh(known)(said))]
    report.add("messages", "here", old.length)
    report.add("images", "here", old.filter(({ image }) => image !== undefined).length)
    await people.meet(all.map(({ by, row, at }) => ({ id: by, username: row.username ?? "", at })))
    return { rows: rows.length, fresh, known }
  }
}

const isFresh =
  (known: ReadonlySet<string>) =>
  ({ ids }: Said): boolean =>
    !ids.every((id) => known.has(id))
