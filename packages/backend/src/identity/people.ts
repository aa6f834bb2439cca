import { Recent } from "@roomlog/log"
import type { Profile, UserId } from "@roomlog/schemas"
import { Effect } from "effect"
import type { Sql } from "../sql.ts"

const nobody = "somebody"

/** Names of people, kept warm: a name never changes, so what is known stays true. */
export const makePeople = (run: Sql) => {
  const names = new Recent<string>(100_000)

  const learn = ({ id, name }: Profile): void => names.set(id, name)

  return {
    learn,
    /** The name if it is known without asking the database. */
    known: (id: UserId): string | undefined => names.get(id),
    /** The profiles of these people; who was deleted is called "somebody". */
    named: Effect.fnUntraced(function* (ids: ReadonlyArray<UserId>) {
      const unknown = ids.filter((id) => names.get(id) === undefined)
      if (unknown.length > 0) {
        const found = yield* run<Profile>("select id, name from profile where id = any($1::uuid[])", [unknown])
        for (const profile of found) learn(profile)
        for (const id of unknown) if (names.get(id) === undefined) learn({ id, name: nobody })
      }
      return ids.map((id): Profile => ({ id, name: names.get(id) ?? nobody }))
    }),
  }
}

export type People = ReturnType<typeof makePeople>
