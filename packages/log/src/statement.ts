import type { InlineRows, InlineTable, Query, Stored, TableRows } from "./contract.ts"

/** What is appended to one partition: events that follow each other from `after + 1` on. */
export interface Appending {
  readonly part: number
  readonly after: number
  readonly events: ReadonlyArray<Stored>
  /** Of each event's command, in base64. */
  readonly fingerprints: ReadonlyArray<string>
  readonly rows: InlineRows
}

/** Appends to each partition whose head still stands where it was judged, and names those: in the others somebody else was first. */
export type Append = (query: Query, appendings: ReadonlyArray<Appending>) => Promise<ReadonlySet<number>>

/**
 * Makes the one statement that moves heads and, only where they moved, writes events, stream heads and inline rows.
 * Tables without rows are left out: each costs the database as much as an event, and most change seldom. Rows that are
 * new are written without looking for older ones, which costs as much as a tenth of an event. Where there is one of
 * everything, as when somebody talks alone, it is written without lists: that spares half of its time.
 */
export const appendStatement = (tables: ReadonlyArray<InlineTable>): Append => {
  const texts = new Map<string, string>()
  return async (query, appendings) => {
    const written = tables
      .flatMap(pieces)
      .filter((piece) => appendings.some(({ rows }) => rowsOf(piece, rows).length > 0))
    const columns = columnsOf(written, appendings)
    const many = columns.some(({ length }) => length > 1)
    const key = [many, ...written.map(nameOf)].join()
    const text = texts.get(key) ?? statementText(written, { many })
    texts.set(key, text)
    const params = many ? columns.map(lists(typesOf(written))) : columns.map(([value]) => value)
    const moved = await query<{ readonly part: number }>(text, params)
    return new Set(moved.map(({ part }) => part))
  }
}

/** What is written to a table in one go. */
interface Piece {
  readonly table: InlineTable
  readonly of: keyof TableRows
}

const pieces = (table: InlineTable): ReadonlyArray<Piece> => [
  { table, of: "added" },
  { table, of: "changed" },
]

const nameOf = ({ table: { table }, of }: Piece): string => `${table}_${of}`
const rowsOf = ({ table: { table }, of }: Piece, rows: InlineRows) => rows.get(table)?.[of] ?? []

/** The statement's text: with a list for each column, or with a value. */
const statementText = (written: ReadonlyArray<Piece>, { many }: { readonly many: boolean }): string => {
  const next = counter()
  const list = (type: string) =>
    type === lines ? `string_to_array($${next()}::text, e'\\n', '')` : `$${next()}::${type}[]`
  const value = (type: string) => `$${next()}::${type === lines ? "text" : type}`
  const given: Given = many
    ? (types) => `unnest(${types.map(list).join(", ")})`
    : (types) => `(values (${types.map(value).join(", ")}))`
  return `with wanted as${many ? " materialized" : ""} (select part, pos, count from ${given(types(headColumns))} as given(part, pos, count)),
${many ? locked : ""}moved as (update log_head set pos = log_head.pos + wanted.count from wanted${many ? " join locked using (part)" : ""}
  where log_head.part = wanted.part and log_head.pos = wanted.pos returning log_head.part),
event_rows as (insert into event (${names(eventColumns)})
  select ${eventColumns.map(([name, , cast]) => cast ?? name).join(", ")}
  from ${given(types(eventColumns))} as given(${names(eventColumns)}) join moved using (part)),
stream_rows as (insert into stream (${names(streamColumns)})
  select ${names(streamColumns)} from ${given(types(streamColumns))} as given(${names(streamColumns)}) join moved using (part)
  on conflict (stream_id) do update set seq = excluded.seq)${written.map((piece) => rowsText(piece, given)).join("")}
select part from moved`
}

/** Rows that come as parameters, one for each column of these types. */
type Given = (types: ReadonlyArray<string>) => string

/** Heads in their order, so that nodes never wait for each other in a ring. */
const locked = `locked as materialized (select part from log_head join wanted using (part) order by part for update of log_head),
`

type Column = readonly [name: string, type: string, cast?: string]

/**
 * Text without line breaks, as JSON is: a list of it goes as one text with a line for each, which spares both sides the
 * quoting of JSON inside an array.
 */
const lines = "lines"

const headColumns: ReadonlyArray<Column> = [
  ["part", "smallint"],
  ["pos", "bigint"],
  ["count", "int"],
]

/** Name, type on the wire, and the cast from there where it differs. */
const eventColumns: ReadonlyArray<Column> = [
  ["part", "smallint"],
  ["pos", "bigint"],
  ["stream_id", "uuid"],
  ["seq", "bigint"],
  ["type", lines],
  ["ver", "smallint"],
  ["actor_id", "uuid"],
  ["command_id", "uuid"],
  ["cmd_idx", "smallint"],
  ["subject_id", "uuid"],
  ["at", "bigint"],
  ["fingerprint", lines, "decode(fingerprint, 'base64')"],
  ["body", lines, "body::jsonb"],
]

const streamColumns: ReadonlyArray<Column> = [
  ["part", "smallint"],
  ["stream_id", "uuid"],
  ["seq", "bigint"],
]

const names = (columns: ReadonlyArray<Column>): string => columns.map(([name]) => name).join(", ")
const types = (columns: ReadonlyArray<Column>): ReadonlyArray<string> => columns.map(([, type]) => type)

const rowsText = (piece: Piece, given: Given): string => {
  const { table, columns } = piece.table
  const names = Object.keys(columns)
  return `,
${quoted(nameOf(piece))} as (insert into ${quoted(table)} (${names.map(quoted).join(", ")})
  select ${Object.entries(columns)
    .map(([name, type]) => `${quoted(name)}${isJson(type) ? `::${type}` : ""}`)
    .join(", ")}
  from ${given(rowTypes(columns))} as given(log_part, ${names.map(quoted).join(", ")})
  join moved on moved.part = log_part${piece.of === "changed" ? replacing(piece.table) : ""})`
}

const replacing = ({ columns, key }: InlineTable): string => {
  const others = Object.keys(columns).filter((name) => !key.includes(name))
  const change = others.map((name) => `${quoted(name)} = excluded.${quoted(name)}`).join(", ")
  return `
  on conflict (${key.map(quoted).join(", ")}) do ${others.length === 0 ? "nothing" : `update set ${change}`}`
}

const rowTypes = (columns: InlineTable["columns"]): ReadonlyArray<string> => [
  "smallint",
  ...Object.values(columns).map((type) => (isJson(type) ? lines : type)),
]

const isJson = (type: string): boolean => type === "json" || type === "jsonb"
const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`

const counter = () => {
  let last = 0
  return () => ++last
}

/** The types of what the statement takes, in the order of `columnsOf`. */
const typesOf = (written: ReadonlyArray<Piece>): ReadonlyArray<string> => [
  ...types([...headColumns, ...eventColumns, ...streamColumns]),
  ...written.flatMap(({ table }) => rowTypes(table.columns)),
]

const lists = (types: ReadonlyArray<string>) => (column: ReadonlyArray<unknown>, i: number) =>
  types[i] === lines ? column.join("\n") : column

/** What the statement takes, column by column. */
const columnsOf = (
  written: ReadonlyArray<Piece>,
  appendings: ReadonlyArray<Appending>,
): ReadonlyArray<ReadonlyArray<unknown>> => {
  const events = appendings.flatMap(({ events }) => events)
  const streams = [...new Map(events.map((event) => [event.stream, event])).values()]
  return [
    appendings.map(({ part }) => part),
    appendings.map(({ after }) => after),
    appendings.map(({ events }) => events.length),
    events.map((event) => event.part),
    events.map((event) => event.pos),
    events.map((event) => event.stream),
    events.map((event) => event.seq),
    events.map((event) => event.type),
    events.map((event) => event.version),
    events.map((event) => event.actor),
    events.map((event) => event.command),
    events.map((event) => event.index),
    events.map((event) => event.subject),
    events.map((event) => event.at),
    appendings.flatMap(({ fingerprints }) => fingerprints),
    events.map((event) => JSON.stringify(event.body)),
    streams.map(({ part }) => part),
    streams.map(({ stream }) => stream),
    streams.map(({ seq }) => seq),
    ...written.flatMap((piece) => rowColumns(piece, appendings)),
  ]
}

/** A table's rows as columns, before them the partitions that the rows belong to. */
const rowColumns = (written: Piece, appendings: ReadonlyArray<Appending>) => {
  const rows = appendings.flatMap(({ part, rows }) => rowsOf(written, rows).map((row) => [part, ...row]))
  return [0, ...Object.keys(written.table.columns)].map((_, i) => rows.map((row) => row[i] ?? null))
}
