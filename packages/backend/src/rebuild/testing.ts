import { randomUUID } from "node:crypto"
import { type Driver, type Log, migrate, openLog } from "@roomlog/log"
import type { Command, ImageRef, MessageId, Rejection, RoomId, UserId } from "@roomlog/schemas"
import { Effect, Exit } from "effect"
import { type Cast, commandOf, newCast, type Wish } from "../feed/chatter.ts"
import { makeJudge } from "../judge.ts"
import { migrations } from "../migrations.ts"
import { tables } from "../rows.ts"

/** A node without doors: commands go straight into the log. */
export type Node = Log<Command, Rejection>

/** Opens a node on a database, and makes the tables. */
export const openNode = Effect.fnUntraced(function* (driver: Driver) {
  yield* migrate(driver, "roomlog", migrations)
  return yield* openLog({ driver, judge: makeJudge(invitation) })
})

/** Whether a command was accepted. Anything but a refusal is thrown. */
export const ask = async (node: Node, actor: string, content: Command): Promise<boolean> => {
  const submission = { stream: content.room, actor, command: randomUUID(), content }
  const answer = await Effect.runPromise(Effect.exit(node.submit(submission)))
  if (Exit.isSuccess(answer)) return true
  if (JSON.stringify(answer).includes('"Refused"')) return false
  throw new Error(`${content._tag}: ${String(answer.cause)}`)
}

/** Random people in rooms of their own do what they wish, some of it at once. */
export const talk = async (node: Node, wishes: ReadonlyArray<ReadonlyArray<Wish>>): Promise<void> => {
  const cast = newCast(people, invitation)
  await begin(node, cast)
  for (const some of wishes)
    await Promise.all(some.map((wish) => ask(node, cast.users[wish.by]!, commandOf(wish, cast))))
}

/** A new room of the first person. */
export const newRoom = async (node: Node): Promise<RoomId> => {
  const room = randomUUID() as RoomId
  const words = { _tag: "CreateRoom", name: `room ${room}`, topic: "", visibility: "public" } as const
  await ask(node, people[0]!, { ...words, room })
  return room
}

/** Posts a text of the first person. */
export const post = async (
  node: Node,
  room: RoomId,
  text: string,
  images: ReadonlyArray<ImageRef> = [],
): Promise<MessageId> => {
  const message = randomUUID() as MessageId
  await ask(node, people[0]!, { _tag: "PostMessage", room, message, text, images, replyTo: null })
  return message
}

/** Everything that the live tables say, in an order that only depends on it. */
export const everything = async ({ query }: Pick<Driver, "query">): Promise<ReadonlyArray<string>> => {
  const all = tables.map(({ table }) =>
    query<{ row: string }>(`select '${table} ' || t::text as row from ${table} t order by 1`),
  )
  return (await Promise.all(all)).flat().map(({ row }) => row)
}

/** What the database knows of the read models besides rows: tables and how they last, columns, indexes, constraints. */
export const shape = async ({ query }: Pick<Driver, "query">): Promise<ReadonlyArray<string>> => {
  const found = await query<{ line: string }>(
    `select indexdef as line from pg_indexes where schemaname = 'public'
     union all select format('%s %s', conrelid::regclass, pg_get_constraintdef(oid)) from pg_constraint
       where connamespace = 'public'::regnamespace and contype <> 'n'
     union all select format('%s %s %s %s', attrelid::regclass, attnum, attname, attnotnull) from pg_attribute
       join pg_class c on c.oid = attrelid where relkind = 'r' and relnamespace = 'public'::regnamespace and attnum > 0
     union all select format('%s %s', oid::regclass, relpersistence) from pg_class
       where relkind in ('r', 'i') and relnamespace = 'public'::regnamespace
     order by 1`,
  )
  return found.map(({ line }) => line)
}

export const people = Array.from({ length: 4 }, () => randomUUID() as UserId)

const invitation = (room: RoomId, generation: number): string => `${room} ${generation}`

const begin = async (node: Node, { rooms, name }: Cast): Promise<void> => {
  const [open, closed] = rooms as [RoomId, RoomId]
  const create = { _tag: "CreateRoom", topic: "" } as const
  await ask(node, people[0]!, { ...create, room: open, name: name(0), visibility: "public" })
  await ask(node, people[0]!, { ...create, room: closed, name: name(1), visibility: "private" })
  await ask(node, people[1]!, { _tag: "JoinRoom", room: open })
  await ask(node, people[1]!, { _tag: "JoinRoom", room: closed, invitation: invitation(closed, 1) })
}
