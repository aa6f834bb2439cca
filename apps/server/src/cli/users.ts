import { Names } from "@roomlog/domain"
import type { Query } from "@roomlog/log"
import type { Command } from "./command.ts"
import { columns, count, facts, time } from "./lines.ts"
import { withRoomlog } from "./open.ts"

interface UserRow {
  readonly id: string
  readonly name: string
  readonly kind: string
  readonly created_at: number
  readonly sessions: number
}

export const userList: Command = {
  name: "user list",
  wants: [],
  meaning: "Lists the people who hold a name",
  options: {},
  run: ({ config }, io) =>
    withRoomlog(config(), async ({ query }) => {
      const users = await query<UserRow>(`${selection} where p.holds_name order by p.name_key`, [Date.now()])
      const rows = users.map(({ name, kind, sessions, created_at, id }) => [
        name,
        kind,
        count(sessions),
        time(created_at),
        id,
      ])
      io.say(columns(["person", "kind", "sessions", "since", "id"], rows))
      return 0
    }),
}

export const userShow: Command = {
  name: "user show",
  wants: ["NAME"],
  meaning: "Tells of one person, their sessions and their rooms",
  options: {},
  run: ({ config, wanted: [name] }, io) =>
    withRoomlog(config(), async ({ query }) => {
      const user = await userNamed(query, name!)
      const sessions = await query<{ readonly created_at: number; readonly expires_at: number }>(
        "select created_at, expires_at from session where user_id = $1 and expires_at > $2 order by created_at",
        [user.id, Date.now()],
      )
      const rooms = await query<{ readonly name: string; readonly role: string }>(
        `select r.name, m.role from member m join room r on r.id = m.room
         where m.user_id = $1 and m.role is not null order by r.name`,
        [user.id],
      )
      io.say(facts({ person: user.name, id: user.id, kind: user.kind, since: time(user.created_at) }))
      io.say("")
      io.say(
        columns(
          ["session since", "until"],
          sessions.map((one) => [time(one.created_at), time(one.expires_at)]),
        ),
      )
      io.say("")
      io.say(
        columns(
          ["room", "role"],
          rooms.map((room) => [room.name, room.role]),
        ),
      )
      return 0
    }),
}

export const userSignOut: Command = {
  name: "user sign-out",
  wants: ["NAME"],
  meaning: "Ends all sessions of a person, on every node",
  options: {},
  run: ({ config, wanted: [name] }, io) =>
    withRoomlog(config(), async ({ query }) => {
      const user = await userNamed(query, name!)
      const ended = await query("delete from session where user_id = $1 returning 1", [user.id])
      io.say(`Ended ${count(ended.length)} ${ended.length === 1 ? "session" : "sessions"} of ${user.name}.`)
      return 0
    }),
}

/** Who holds the name. Throws when nobody does. */
const userNamed = async (query: Query, name: string): Promise<UserRow> => {
  const [user] = await query<UserRow>(`${selection} where p.name_key = $2 and p.holds_name`, [
    Date.now(),
    Names.key(Names.canonical(name)),
  ])
  if (user === undefined) throw new Error(`Nobody holds the name "${name}". \`roomlog user list\` knows all who do.`)
  return user
}

const selection = `select p.id::text as id, p.name, p.kind, p.created_at,
    (select count(*)::int from session s where s.user_id = p.id and s.expires_at > $1::bigint) as sessions
  from profile p`
