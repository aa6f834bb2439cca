import { isDeepStrictEqual } from "node:util"
import { Message, Room, Timeline } from "@roomlog/domain"
import type { Query } from "@roomlog/log"
import { NoticeView } from "@roomlog/schemas"
import { Schema } from "effect"
import type { InLog } from "./inLog.ts"

/** I5: says where the read models differ from a replay of the log from nothing. */
export const replayed = async (
  query: Query,
  rooms: ReadonlyMap<string, ReadonlyArray<InLog>>,
): Promise<ReadonlyArray<string>> => {
  const differences: string[] = []
  const compare = (what: string, rows: ReadonlyArray<Keyed>, wanted: ReadonlyMap<string, unknown>): void => {
    const found = new Map(rows.map(({ key, value }) => [key, value]))
    for (const key of new Set([...found.keys(), ...wanted.keys()]))
      if (!isDeepStrictEqual(found.get(key), wanted.get(key)))
        differences.push(
          `I5: ${what} ${key} is ${JSON.stringify(found.get(key))} and should be ${JSON.stringify(wanted.get(key))}`,
        )
  }
  compare("room", await query<Keyed>(sql.room), new Map([...rooms].map(([id, log]) => [id, roomOf(log)])))
  for (const [id, log] of rooms) {
    compare("item", (await query<Keyed>(sql.item, [id])).map(legible), itemsOf(log))
    compare("member", await query<Keyed>(sql.member, [id]), membersOf(log))
    compare("reaction", await query<Keyed>(sql.reaction, [id]), reactionsOf(log))
  }
  return differences
}

/** A line that a newer version wrote, as this one reads it. */
const legible = ({ key, value }: Keyed): Keyed => {
  const line = value as NoticeView
  if (line._tag !== "Notice" || isNotice(line)) return { key, value }
  const { event, ...rest } = line as NoticeView
  return { key, value: { ...rest, event: { _tag: "Unknown", type: event._tag } } }
}
const isNotice: (line: unknown) => boolean = Schema.is(NoticeView)

interface Keyed {
  readonly key: string
  readonly value: unknown
}

const sql = {
  room: `select id::text as key, jsonb_build_object('id', id, 'name', name, 'topic', topic, 'visibility', visibility,
    'createdAt', created_at, 'invitation', invitation, 'members', members, 'owners', owners) as value from room`,
  item: "select seq::text as key, view as value from item where room = $1::uuid",
  member: "select user_id::text as key, to_jsonb(role) as value from member where room = $1::uuid and role is not null",
  reaction: `select concat(r.message, ' ', r.emoji, ' ', r.user_id) as key, to_jsonb(true) as value
    from reaction r join item i on i.id = r.message where i.room = $1::uuid and r.given`,
}

const roomOf = (log: ReadonlyArray<InLog>) => log.reduce<Room.Room | undefined>(Room.evolve, undefined)

const itemsOf = (log: ReadonlyArray<InLog>): ReadonlyMap<string, unknown> => {
  const messages = new Map<string, Message.Message>()
  const items = new Map<string, unknown>()
  for (const event of log) {
    const notice = Timeline.notice(event)
    if (notice !== undefined) items.set(String(event.seq), notice)
    const id = Message.subject(event)
    const message = id === undefined ? undefined : Message.evolve(messages.get(id), event)
    if (message === undefined) continue
    messages.set(message.id, message)
    items.set(String(message.seq), message)
  }
  return items
}

const membersOf = (log: ReadonlyArray<InLog>): ReadonlyMap<string, unknown> => {
  const members = new Map<string, unknown>()
  for (const { user, role } of log.flatMap((event) => Room.membership(event) ?? []))
    if (role === null) members.delete(user)
    else members.set(user, role)
  return members
}

const reactionsOf = (log: ReadonlyArray<InLog>): ReadonlyMap<string, unknown> => {
  const given = new Map<string, unknown>()
  for (const { by, event } of log) {
    if (event._tag === "Reacted") given.set(`${event.message} ${event.emoji} ${by}`, true)
    if (event._tag === "Unreacted") given.delete(`${event.message} ${event.emoji} ${by}`)
  }
  return given
}
