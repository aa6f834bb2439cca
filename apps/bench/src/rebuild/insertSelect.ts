import type { Driver } from "@roomlog/log"
import type { Home } from "../systems/roomlog.ts"
import { atHome, itemsOfEvents } from "../systems/seed.ts"

// The limit: what a database can do by itself. The same history by one statement, its primary key kept while it is
// filled and its other index made afterwards, as the rebuild does.

const home = JSON.parse(process.argv[2]!) as Home

const inserted = async ({ query, script }: Driver): Promise<number> => {
  await script(
    "drop table if exists item_alone; create table item_alone (like item); alter table item_alone add primary key (room, seq)",
  )
  const began = performance.now()
  await script(`insert into item_alone (room, seq, id, author, at, view) ${itemsOfEvents};
    create unique index on item_alone (id) where id is not null; analyze item_alone`)
  const took = performance.now() - began
  const [same] = await query<{
    same: boolean
    n: number
  }>(`select count(*)::int as n, sum(hashtextextended(t::text, 1)) =
    (select sum(hashtextextended(i::text, 1)) from item i where id is not null) as same from item_alone t`)
  if (!same!.same) throw new Error("insert ... select made other rows than posting does")
  await script("drop table item_alone")
  return (same!.n / took) * 1_000
}

const perSecond = await atHome(home, inserted)
process.send!({ perSecond }, () => process.exit(0))
