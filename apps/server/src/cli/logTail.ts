import { setTimeout as sleep } from "node:timers/promises"
import type { Driver, Query, Stored } from "@roomlog/log"
import { type Command, type Given, wholeNumber } from "./command.ts"
import { makeTeller } from "./eventLine.ts"
import type { Io } from "./io.ts"
import { withRoomlog } from "./open.ts"
import { roomNamed } from "./rooms.ts"
import { type Place, pagesOf, takeFrom } from "./tail.ts"

export const logTail: Command = {
  name: "log tail",
  wants: [],
  meaning: "Shows the newest events, and then each as it is appended",
  options: {
    room: { value: "NAME", meaning: "Shows the events of one room" },
    from: { value: "N", meaning: "Begins at this seq of the room, or this position of every partition" },
    json: { meaning: "Shows each event as one line of JSON" },
    once: { meaning: "Ends when everything was shown, instead of waiting for more" },
  },
  run: (given, io) => {
    const from = wholeNumber(given, "from")
    return withRoomlog(given.config(), async (driver) => {
      const begin = await beginning(driver.query, given, from)
      await tell(driver, begin, { given, io })
      return 0
    })
  },
}

/** Milliseconds between two looks at the log. */
const pause = 300

const tell = async (driver: Driver, begin: ReadonlyArray<Place>, { given, io }: { given: Given; io: Io }) => {
  const line = given.options["json"] ? asJson : makeTeller(driver.query)
  const take = takeFrom(pagesOf(driver.query), begin)
  // Nobody else can write to an embedded database that is open here.
  const mayGrow = driver.shared && !given.options["once"]
  while (!io.stop.aborted) {
    const events = await take()
    for (const event of events) io.say(await line(event))
    if (events.length > 0) continue
    if (!mayGrow) return
    await sleep(pause, undefined, { signal: io.stop }).catch(() => undefined)
  }
}

const asJson = (event: Stored): Promise<string> => Promise.resolve(JSON.stringify(event))

/** How many events are shown of what has been, where nobody says from where. */
const glance = 10

/** Places after which to begin: one in a room, or one in each partition. */
const beginning = async (query: Query, { options: { room } }: Given, from?: number): Promise<ReadonlyArray<Place>> => {
  if (typeof room === "string") {
    const { id, events } = await roomNamed(query, room)
    return [{ stream: id, after: from === undefined ? Math.max(events - glance, 0) : from - 1 }]
  }
  if (from !== undefined) return query("select part, $1::bigint - 1 as after from log_head order by part", [from])
  return query(lastGlance)
}

/** Of each partition, the position before those of its events that are among the newest of all. */
const lastGlance = `select part, least(pos, coalesce((select min(event.pos) - 1 from (
    select newest.part, newest.pos from log_head h cross join lateral (
      select part, pos, at from event where event.part = h.part order by pos desc limit ${glance}
    ) newest order by at desc limit ${glance}
  ) event where event.part = log_head.part), pos)) as after
  from log_head order by part`
