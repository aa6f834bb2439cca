import { Mentions } from "@roomlog/domain"
import { type Driver, type Log, type Projection, type Query, type Stored, startProjection } from "@roomlog/log"
import { isKnown, type UserId } from "@roomlog/schemas"
import { Effect } from "effect"
import { isTakenOver } from "../imported/ids.ts"
import { recorded } from "../recorded.ts"
import { fromDatabase } from "../sql.ts"
import { adding, type Wanted } from "./outbox.ts"

/** Milliseconds after which nobody is notified of a message any more. */
const fresh = 60 * 60 * 1_000

export interface FollowerNeeds {
  readonly driver: Driver
  readonly log: Pick<Log<never, never>, "parts" | "onAppended">
  readonly now: () => number
  /** Kinds of devices that this server can reach. */
  readonly kinds: ReadonlyArray<string>
  /** Milliseconds before a notice is sent. */
  readonly grace: number
}

/**
 * Turns messages into notices for the devices of whom they concern, each once: notices and the checkpoint are one
 * transaction, whichever node makes it. Begins with what is said after the first start.
 */
export const startPushFollower = Effect.fnUntraced(function* (needs: FollowerNeeds) {
  const { driver, log } = needs
  yield* fromDatabase(() => driver.query(beginning, [name, version]))
  const projection: Projection = {
    name,
    version,
    project: (events, query) => project(events, query, needs),
    unless: "not exists (select from push_device)",
  }
  const onAppended = gathering(log.onAppended)
  yield* startProjection({ driver, log: { parts: log.parts, onAppended } }, projection)
})

const name = "push"
const version = 1

/** Milliseconds in which events gather, so that the follower costs a busy server little. */
const pause = 100

/** Tells of what was appended at most every 100 ms in each partition. */
const gathering =
  (onAppended: FollowerNeeds["log"]["onAppended"]): FollowerNeeds["log"]["onAppended"] =>
  (heard) => {
    const timers = new Map<number, NodeJS.Timeout>()
    const stop = onAppended((events) => {
      const { part } = events[0]!
      if (timers.has(part) || !events.some(({ type }) => type === "MessagePosted")) return
      const tell = () => {
        timers.delete(part)
        heard(events)
      }
      timers.set(part, setTimeout(tell, pause).unref())
    })
    return () => {
      stop()
      for (const timer of timers.values()) clearTimeout(timer)
    }
  }

const project = async (
  events: ReadonlyArray<Stored>,
  query: Query,
  { now, kinds, grace }: FollowerNeeds,
): Promise<void> => {
  const posts = events.flatMap((event) => postOf(event, now() - fresh))
  // Not too many in one statement, which must end before its time is out: a message may concern everybody in a large room.
  for (let i = 0; i < posts.length; i += atOnce) await notify(posts.slice(i, i + atOnce), query, { kinds, grace })
}

const atOnce = 10

const notify = async (
  posts: ReadonlyArray<Post>,
  query: Query,
  { kinds, grace }: Pick<FollowerNeeds, "kinds" | "grace">,
): Promise<void> => {
  const mentioned = await mentionsIn(posts, query)
  await query(adding, [
    posts.map(({ part }) => part),
    posts.map(({ pos }) => pos),
    posts.map(({ room }) => room),
    posts.map(({ seq }) => seq),
    posts.map(({ by }) => by),
    posts.map(({ answered }) => answered),
    mentioned.map(([place]) => place),
    mentioned.map(([, user]) => user),
    kinds,
    grace,
  ] satisfies Wanted)
}

interface Post {
  readonly part: number
  readonly pos: number
  readonly room: string
  readonly seq: number
  readonly by: UserId
  readonly text: string
  readonly answered: string | null
}

/** A message that somebody may be notified of. What cannot be read or was erased concerns nobody. */
const postOf = (stored: Stored, oldest: number): ReadonlyArray<Post> => {
  if (stored.type !== "MessagePosted" || stored.at < oldest || !isKnown(stored) || !("text" in stored.body)) return []
  const { event, room, seq, by } = recorded(stored)
  if (event._tag !== "MessagePosted" || isTakenOver(event.message)) return []
  const { part, pos } = stored
  return [{ part, pos, room, seq, by, text: event.text, answered: event.replyTo?.message ?? null }]
}

/** Places in the list (from 1) and whom they mention: members of the room whose name it is. */
const mentionsIn = async (posts: ReadonlyArray<Post>, query: Query): Promise<ReadonlyArray<[number, UserId]>> => {
  const asked = posts.flatMap(({ room, text }, i) => Mentions.keys(text).map((key) => ({ place: i + 1, room, key })))
  if (asked.length === 0) return []
  const found = await query<{ readonly place: number; readonly key: string; readonly user: UserId }>(naming, [
    asked.map(({ place }) => place),
    asked.map(({ room }) => room),
    asked.map(({ key }) => key),
  ])
  const known = Map.groupBy(found, ({ place }) => place)
  return [...known].flatMap(([place, people]) => {
    const byKey = new Map(people.map(({ key, user }) => [key, user]))
    const all = Mentions.find(posts[place - 1]!.text, (key) => byKey.get(key)).map(({ who }) => who)
    return [...new Set(all)].map((user): [number, UserId] => [place, user])
  })
}

const beginning = `
insert into projection (name, version, part, pos) select $1, $2::int, part, pos from log_head on conflict do nothing`
const naming = `
select a.place, a.key, p.id as "user" from unnest($1::int[], $2::uuid[], $3::text[]) as a (place, room, key)
join profile p on p.name_key = a.key and p.holds_name
join member m on m.room = a.room and m.user_id = p.id and m.role is not null`
