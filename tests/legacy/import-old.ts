import { mkdir, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import postgres from "postgres"

/** A row of `chat_room` as Django writes it; times are UTC, as `2025-08-25 15:10:12.123456`. */
export interface RoomRow {
  readonly id: number
  readonly name: string
  readonly created_at: string
}

/** A row of `chat_message`. */
export interface MessageRow {
  readonly id: number
  readonly room_id: number
  readonly username: string
  readonly content: string | null
  readonly image: string | null
  readonly content_type: string
  readonly timestamp: string
}

/** What an old application has. */
export interface OldData {
  readonly rooms: ReadonlyArray<RoomRow>
  readonly messages: ReadonlyArray<MessageRow>
  /** Tokens of phones. */
  readonly tokens?: ReadonlyArray<string>
}

/** A message with what is usual, unless it is said otherwise. */
export const message = (id: number, more: Partial<MessageRow> = {}): MessageRow => ({
  id,
  room_id: 1,
  username: "Alice",
  content: `message ${id}`,
  image: null,
  content_type: more.image ? "image" : "text",
  timestamp: timeOf(id),
  ...more,
})

/** A time that grows with the number, down to its microseconds. */
export const timeOf = (n: number): string => {
  const whole = new Date(Date.UTC(2025, 0, 6, 8) + n * 61_007).toISOString().replace("T", " ").replace("Z", "")
  return `${whole}${String(Math.abs(n) % 1000).padStart(3, "0")}`
}

/** Milliseconds since 1970 of such a time. */
export const millisecondsOf = (time: string): number => Date.parse(`${time.slice(0, 23).replace(" ", "T")}Z`)

/** Writes a SQLite file as Django does. Rows that are there already stay, so that an old database can grow. */
export const writeSqlite = (path: string, { rooms, messages, tokens = [] }: OldData, app = "chat"): void => {
  const db = new DatabaseSync(path)
  db.exec(`${ifNotThere(tables(app, "integer primary key autoincrement", "datetime", ""))}; begin`)
  const room = db.prepare(`insert or ignore into ${app}_room values (?, ?, ?)`)
  const said = db.prepare(`insert or ignore into ${app}_message values (?, ?, ?, ?, ?, ?, ?)`)
  for (const { id, name, created_at } of rooms) room.run(id, name, created_at)
  for (const one of messages) said.run(...messageColumns(one))
  const device = db.prepare(`insert into ${app}_devicetoken (username, token) values ('Alice', ?)`)
  for (const token of tokens) device.run(token)
  db.exec("commit")
  db.close()
}

/** The same in a Postgres database. */
export const writePostgres = async (
  url: string,
  { rooms, messages, tokens = [] }: OldData,
  app = "chat",
): Promise<void> => {
  const sql = postgres(url, { max: 1, onnotice: () => undefined })
  try {
    await sql.unsafe(ifNotThere(tables(app, "bigint primary key", "timestamptz", `references ${app}_room`)))
    const pages = (rows: ReadonlyArray<unknown>) =>
      Array.from({ length: Math.ceil(rows.length / 5_000) }, (_, i) => rows.slice(i * 5_000, (i + 1) * 5_000))
    const insert = (table: string, rows: ReadonlyArray<object>) =>
      sql.unsafe(
        `insert into ${table} select * from jsonb_populate_recordset(null::${table}, $1::text::jsonb) on conflict do nothing`,
        [JSON.stringify(rows)],
      )
    await insert(
      `${app}_room`,
      rooms.map((room) => ({ ...room, created_at: `${room.created_at}Z` })),
    )
    await insert(
      `${app}_devicetoken`,
      tokens.map((token, id) => ({ id, username: "Alice", token })),
    )
    for (const page of pages(messages.map((one) => ({ ...one, timestamp: `${one.timestamp}Z` }))))
      await insert(`${app}_message`, page as ReadonlyArray<object>)
  } finally {
    await sql.end()
  }
}

/** Writes files into a media folder, by their paths. */
export const writeMedia = async (folder: string, files: Readonly<Record<string, Uint8Array>>): Promise<void> => {
  for (const [path, bytes] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), bytes)
  }
}

const tables = (app: string, id: string, time: string, reference: string): string => `
create table ${app}_room (id ${id}, name varchar(100) not null, created_at ${time} not null);
create table ${app}_message (id ${id}, room_id bigint not null ${reference}, username varchar(100) not null,
  content text, image varchar(100), content_type varchar(10) not null, timestamp ${time} not null);
create table ${app}_devicetoken (id ${id}, username varchar(100) not null, token text not null)`

const ifNotThere = (sql: string): string => sql.replaceAll("create table", "create table if not exists")

const messageColumns = (one: MessageRow) => [
  one.id,
  one.room_id,
  one.username,
  one.content,
  one.image,
  one.content_type,
  one.timestamp,
]
