import type { Message, Room } from "@roomlog/domain"
import type { Query, Submission } from "@roomlog/log"
import type { Command, MediaKey, Role, RoomId, StoredImage } from "@roomlog/schemas"
import { memberKey, reactionKey } from "./rows.ts"
import type { Layer, Warm } from "./warm.ts"

/** Where what was read is remembered. */
export interface Known {
  readonly rooms: Layer<Room.Room>
  readonly members: Layer<Role>
  readonly messages: Layer<Message.Message>
  readonly reactions: Layer<true>
  /** Ids of new messages that were tried and have not come through yet. */
  readonly tried: Warm<true>
  readonly names: Map<string, RoomId>
  readonly images: Map<MediaKey, StoredImage & { readonly room: string; readonly owner: string }>
  /** Images of removed messages whose files are going or gone. */
  readonly gone: Set<MediaKey>
}

type Asked = ReadonlyArray<Submission<Command>>

/** Reads what commands are judged on and memory does not hold: one query for each kind of thing that is missing. */
export const load = async (submissions: Asked, known: Known, query: Query): Promise<void> => {
  await Promise.all([
    loadRooms(submissions, known, query),
    loadMembers(submissions, known, query),
    loadMessages(submissions, known, query),
    loadReactions(submissions, known, query),
    loadNames(submissions, known, query),
    loadImages(submissions, known, query),
    loadGone(submissions, known, query),
  ])
}

/** Those of the rooms that there are; `table` is where their rows stand. */
export const roomsOf = async (
  query: Query,
  rooms: ReadonlyArray<string>,
  table = "room",
): Promise<ReadonlyArray<Room.Room>> => {
  const found = await query<Room.Room & { createdAt: string }>(
    `select id, name, topic, visibility, created_at as "createdAt", invitation, members, owners
     from ${table} where id = any($1::uuid[])`,
    [rooms],
  )
  return found.map((room) => ({ ...room, createdAt: Number(room.createdAt) }))
}

const loadRooms = async (submissions: Asked, { rooms }: Known, query: Query): Promise<void> => {
  const missing = distinct(submissions.map(({ stream }) => stream)).filter((room) => !rooms.has(room))
  if (missing.length === 0) return
  for (const room of missing) rooms.learn(room, null)
  for (const room of await roomsOf(query, missing)) rooms.learn(room.id, room)
}

const loadMembers = async (submissions: Asked, { members }: Known, query: Query): Promise<void> => {
  const asked = submissions.flatMap(({ stream, actor, content }) =>
    "user" in content ? [memberKey(stream, actor), memberKey(stream, content.user)] : [memberKey(stream, actor)],
  )
  const missing = distinct(asked).filter((key) => !members.has(key))
  if (missing.length === 0) return
  for (const key of missing) members.learn(key, null)
  const pairs = missing.map((key) => key.split("/"))
  const found = await query<{ room: string; user_id: string; role: Role }>(
    `select m.room, m.user_id, m.role from unnest($1::uuid[], $2::uuid[]) as asked (room, user_id)
     join member m on m.room = asked.room and m.user_id = asked.user_id where m.role is not null`,
    [pairs.map(([room]) => room), pairs.map(([, user]) => user)],
  )
  for (const { room, user_id, role } of found) members.learn(memberKey(room, user_id), role)
}

/**
 * A new message's id is taken to be new, which spares a query for every group: the unique index knows better, and an
 * id that was tried before and did not come through is looked up.
 */
const takeAsNew = (submissions: Asked, { messages, tried }: Known): void => {
  for (const { content } of submissions) {
    if (content._tag !== "PostMessage" || messages.has(content.message) || tried.get(content.message)) continue
    tried.set(content.message, true)
    messages.learn(content.message, null)
  }
}

const loadMessages = async (submissions: Asked, known: Known, query: Query): Promise<void> => {
  const { messages } = known
  takeAsNew(submissions, known)
  const asked = submissions.flatMap(({ content }) => [
    ...("message" in content ? [content.message] : []),
    ...("replyTo" in content && content.replyTo ? [content.replyTo] : []),
  ])
  const missing = distinct(asked).filter((id) => !messages.has(id))
  if (missing.length === 0) return
  for (const id of missing) messages.learn(id, null)
  const found = await query<{ view: Message.Message }>("select view from item where id = any($1::uuid[])", [missing])
  for (const { view } of found) messages.learn(view.id, view)
}

const loadReactions = async (submissions: Asked, { reactions }: Known, query: Query): Promise<void> => {
  const asked = submissions.flatMap(({ actor, content }) =>
    "emoji" in content ? [reactionKey(content.message, content.emoji, actor)] : [],
  )
  const missing = distinct(asked).filter((key) => !reactions.has(key))
  if (missing.length === 0) return
  for (const key of missing) reactions.learn(key, null)
  const keys = missing.map((key) => key.split("/"))
  const found = await query<{ message: string; emoji: string; user_id: string }>(
    `select r.message, r.emoji, r.user_id
     from unnest($1::uuid[], $2::text[], $3::uuid[]) as asked (message, emoji, user_id)
     join reaction r using (message, emoji, user_id) where r.given`,
    [keys.map(([message]) => message), keys.map(([, emoji]) => emoji), keys.map(([, , user]) => user)],
  )
  for (const { message, emoji, user_id } of found) reactions.learn(reactionKey(message, emoji, user_id), true)
}

const loadNames = async (submissions: Asked, { names }: Known, query: Query): Promise<void> => {
  const asked = distinct(submissions.flatMap(({ content }) => ("name" in content ? [content.name] : [])))
  if (asked.length === 0) return
  const found = await query<{ id: RoomId; name: string }>("select id, name from room where name = any($1::text[])", [
    asked,
  ])
  for (const { id, name } of found) names.set(name, id)
}

const loadImages = async (submissions: Asked, { images }: Known, query: Query): Promise<void> => {
  const asked = distinct(
    submissions.flatMap(({ content }) => (content._tag === "PostMessage" ? content.images.map(({ key }) => key) : [])),
  )
  if (asked.length === 0) return
  const found = await query<
    Omit<StoredImage, "placeholder"> & { room: string; owner: string; placeholder: string | null }
  >(
    `select key, room, owner, type, width, height, bytes, placeholder from media
     where key = any($1::text[]) and collected_at is null`,
    [asked],
  )
  for (const { placeholder, ...image } of found)
    images.set(image.key, placeholder === null ? image : { ...image, placeholder })
}

const loadGone = async (submissions: Asked, { gone }: Known, query: Query): Promise<void> => {
  const asked = distinct(
    submissions.flatMap(({ content }) => (content._tag === "RestoreMessage" ? [content.message] : [])),
  )
  if (asked.length === 0) return
  const found = await query<{ key: MediaKey }>(
    `select m.key from shown s join media m on m.key = s.key
     where s.message = any($1::uuid[]) and m.collected_at is not null`,
    [asked],
  )
  for (const { key } of found) gone.add(key)
}

const distinct = (values: ReadonlyArray<string>): ReadonlyArray<string> => [...new Set(values)]
