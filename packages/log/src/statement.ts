import type { InlineRows, InlineTable, Query, Stored } from "./contract.ts"

/** What one statement appends: events that follow each other from `after + 1` on. */
export interface Appending {
  readonly part: number
  readonly after: number
  readonly events: ReadonlyArray<Stored>
  /** Of each event's command, in base64. */
  readonly fingerprints: ReadonlyArray<string>
  readonly rows: InlineRows
}

/** Appends if the partition's head still stands where it was judged; false means that somebody else was first. */
export type Append = (query: Query, appending: Appending) => Promise<boolean>

/** Makes the one statement that moves the head and, only if that moved, writes events, stream heads and inline rows. */
export const appendStatement = (tables: ReadonlyArray<InlineTable>): Append => {
  const text = statementText(tables)
  return async (query, appending) => {
    const [moved] = await query<{ readonly moved: number }>(text, parameters(tables, appending))
    return moved?.moved === 1
  }
}

/** The statement's text, for looking at its plan. */
export const statementText = (tables: ReadonlyArray<InlineTable>): string => {
  const next = counter(eventColumns.length + headParameters + 3)
  return `with moved as (update log_head set pos = pos + $3::int where part = $1::smallint and pos = $2::bigint returning pos),
event_rows as (insert into event (part, pos, ${eventColumns.map(([name]) => name).join(", ")})
  select $1::smallint, $2::bigint + place, ${eventColumns.map(([name, , cast]) => cast ?? name).join(", ")}
  from unnest(${eventColumns.map(([, type], i) => `$${i + 4}::${type}[]`).join(", ")})
  with ordinality as given(${eventColumns.map(([name]) => name).join(", ")}, place), moved),
stream_rows as (insert into stream (part, stream_id, seq)
  select $1::smallint, stream_id, seq from unnest($${eventColumns.length + 4}::uuid[], $${eventColumns.length + 5}::bigint[]) as given(stream_id, seq), moved
  on conflict (stream_id) do update set seq = excluded.seq)${tables.map((table) => upsert(table, next)).join("")}
select count(*)::int as moved from moved`
}

const headParameters = 2

/** Name, type on the wire, and the cast from there where it differs. */
const eventColumns: ReadonlyArray<readonly [name: string, type: string, cast?: string]> = [
  ["stream_id", "uuid"],
  ["seq", "bigint"],
  ["type", "text"],
  ["ver", "smallint"],
  ["actor_id", "uuid"],
  ["command_id", "uuid"],
  ["cmd_idx", "smallint"],
  ["subject_id", "uuid"],
  ["at", "bigint"],
  ["fingerprint", "text", "decode(fingerprint, 'base64')"],
  ["body", "text", "body::jsonb"],
]

const upsert = ({ table, columns, key }: InlineTable, next: () => number): string => {
  const names = Object.keys(columns)
  const others = names.filter((name) => !key.includes(name))
  const change = others.map((name) => `${quoted(name)} = excluded.${quoted(name)}`).join(", ")
  return `,
${quoted(`${table}_rows`)} as (insert into ${quoted(table)} (${names.map(quoted).join(", ")})
  select ${Object.entries(columns)
    .map(([name, type]) => `${quoted(name)}${isJson(type) ? `::${type}` : ""}`)
    .join(", ")}
  from unnest(${Object.values(columns)
    .map((type) => `$${next()}::${isJson(type) ? "text" : type}[]`)
    .join(", ")})
  as given(${names.map(quoted).join(", ")}), moved
  on conflict (${key.map(quoted).join(", ")}) do ${others.length === 0 ? "nothing" : `update set ${change}`})`
}

const isJson = (type: string): boolean => type === "json" || type === "jsonb"
const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`

const counter = (last: number) => () => {
  last += 1
  return last
}

const parameters = (tables: ReadonlyArray<InlineTable>, appending: Appending): ReadonlyArray<unknown> => {
  const { events, fingerprints } = appending
  const streams = new Map(events.map(({ stream, seq }) => [stream, seq]))
  return [
    appending.part,
    appending.after,
    events.length,
    events.map((event) => event.stream),
    events.map((event) => event.seq),
    events.map((event) => event.type),
    events.map((event) => event.version),
    events.map((event) => event.actor),
    events.map((event) => event.command),
    events.map((event) => event.index),
    events.map((event) => event.subject),
    events.map((event) => event.at),
    fingerprints,
    events.map((event) => JSON.stringify(event.body)),
    [...streams.keys()],
    [...streams.values()],
    ...tables.flatMap(({ table, columns }) => {
      const rows = appending.rows.get(table) ?? []
      return Object.keys(columns).map((_, i) => rows.map((row) => row[i] ?? null))
    }),
  ]
}
