import { Names } from "@roomlog/domain"
import type { Query } from "@roomlog/log"
import type { Command } from "./command.ts"
import { columns, count, facts, time } from "./lines.ts"
import { withRoomlog } from "./open.ts"

interface RoomRow {
  readonly id: string
  readonly name: string
  readonly topic: string
  readonly visibility: string
  readonly created_at: number
  readonly members: number
  readonly part: number
  readonly events: number
  readonly latest: number | null
}

export const roomList: Command = {
  name: "room list",
  wants: [],
  meaning: "Lists the rooms, also private ones",
  options: {},
  run: ({ config }, io) =>
    withRoomlog(config(), async ({ query }) => {
      const rooms = await query<RoomRow>(`${selection} order by r.name`)
      const rows = rooms.map((room) => [
        room.name,
        room.visibility,
        count(room.members),
        count(room.events),
        room.latest === null ? "" : time(room.latest),
      ])
      io.say(columns(["room", "visibility", "members", "events", "latest"], rows))
      return 0
    }),
}

export const roomShow: Command = {
  name: "room show",
  wants: ["NAME"],
  meaning: "Tells of one room and who is in it",
  options: {},
  run: ({ config, wanted: [name] }, io) =>
    withRoomlog(config(), async ({ query }) => {
      const room = await roomNamed(query, name!)
      const members = await query<{ readonly name: string; readonly role: string; readonly id: string }>(
        `select coalesce(p.name, '') as name, m.role, m.user_id::text as id
         from member m left join profile p on p.id = m.user_id where m.room = $1 and m.role is not null
         order by array_position(array['owner', 'moderator', 'member'], m.role), 1 limit 1000`,
        [room.id],
      )
      io.say(
        facts({
          room: room.name,
          topic: room.topic,
          id: room.id,
          visibility: room.visibility,
          created: time(room.created_at),
          events: `${count(room.events)}, in partition ${room.part}`,
          latest: room.latest === null ? "" : time(room.latest),
          members: count(room.members),
        }),
      )
      io.say("")
      io.say(
        columns(
          ["member", "role", "id"],
          members.map((member) => [member.name, member.role, member.id]),
        ),
      )
      return 0
    }),
}

/** The room of this name. Throws when there is none. */
export const roomNamed = async (query: Query, name: string): Promise<RoomRow> => {
  const [room] = await query<RoomRow>(`${selection} where r.name = any($1::text[])`, [[name, Names.canonical(name)]])
  if (room === undefined) throw new Error(`There is no room "${name}". \`roomlog room list\` knows all of them.`)
  return room
}

const selection = `select r.id::text as id, r.name, r.topic, r.visibility, r.created_at, r.members,
    s.part, s.seq as events, (select at from event where stream_id = r.id and seq = s.seq) as latest
  from room r join stream s on s.stream_id = r.id`
