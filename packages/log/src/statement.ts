import type { InlineRows, InlineTable, Query, Stored, TableRows } from "./contract.ts"
import { plainArrayText } from "./driver.ts"

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
 * everything, as when somebody talks alone, it is written without lists: that spares half of its time. Where there is
 * one partition, rows do not say which is theirs.
 */
export const appendStatement = (tables: ReadonlyArray<InlineTable>): Append => {
  const all = tables.flatMap(pieces)
  const texts = new Map<string, string>()
  return async (query, appendings) => {
    const written = all.filter((piece) => appendings.some(({ rows }) => rowsOf(piece, rows).length > 0))
    const alone = appendings.length === 1
    const columns = columnsOf(written, appendings, { alone })
    const many = columns.some(({ values }) => values.length > 1)
    const key = [alone, many, ...written.map(nameOf)].join()
    const text = texts.get(key) ?? statementText(written, { alone, many })
    texts.set(key, text)
    const moved = await query<{ readonly part: number }>(text, [
      ...headsOf(appendings, { alone }),
      ...columns.map(many ? list : onlyValue),
    ])
    return new Set(moved.map(({ part }) => part))
  }
}

/** What is written to a table in one go. */
interface Piece {
  readonly table: InlineTable
  readonly columns: ReadonlyArray<Column>
  readonly of: keyof TableRows
}

/** What a statement is for: one partition or several, lists or one of everything. */
interface Shape {
  readonly alone: boolean
  readonly many: boolean
}

const pieces = (table: InlineTable): ReadonlyArray<Piece> => {
  const columns = Object.entries(table.columns).map(
    ([name, type]): Column => (isJson(type) ? [name, lines, as(type)] : [name, type]),
  )
  return [
    { table, columns, of: "added" },
    { table, columns, of: "changed" },
  ]
}

const nameOf = ({ table: { table }, of }: Piece): string => `${table}_${of}`
const rowsOf = ({ table: { table }, of }: Piece, rows: InlineRows) => rows.get(table)?.[of] ?? []

const statementText = (written: ReadonlyArray<Piece>, { alone, many }: Shape): string => {
  const next = counter()
  const list = (type: string) =>
    type === lines ? `string_to_array($${next()}::text, e'\\n', '')` : `$${next()}::${type}[]`
  const value = (type: string) => `$${next()}::${type === lines ? "text" : type}`
  const given: Given = (columns) => {
    const all = alone ? columns : [ofPart, ...columns]
    const params = all.map(([, type]) => (many ? list(type) : value(type))).join(", ")
    return `${many ? `unnest(${params})` : `(values (${params}))`} as given(${names(all)})
  ${alone ? "cross join moved" : "join moved on moved.part = given.log_part"}`
  }
  const heads = headTypes.map(alone ? value : list)
  return `with ${alone ? oneMoved(heads) : allMoved(heads)},
event_rows as (insert into event (part, ${names(eventColumns)})
  select moved.part, ${selected(eventColumns)} from ${given(eventColumns)}),
stream_rows as (insert into stream (part, ${names(streamColumns)})
  select moved.part, ${selected(streamColumns)} from ${given(streamColumns)}
  on conflict (stream_id) do update set seq = excluded.seq)${written.map((piece) => rowsText(piece, given)).join("")}
select part from moved`
}

/** Rows that come as parameters, as `given`, beside the `moved` head of their partition. */
type Given = (columns: ReadonlyArray<Column>) => string

const oneMoved = ([part, pos, count]: ReadonlyArray<string>): string =>
  `moved as (update log_head set pos = pos + ${count} where part = ${part} and pos = ${pos} returning part)`

/** Heads are locked in their order, so that nodes never wait for each other in a ring. */
const allMoved = (heads: ReadonlyArray<string>): string =>
  `wanted as materialized (select part, pos, count from unnest(${heads.join(", ")}) as given(part, pos, count)),
locked as materialized (select part from log_head join wanted using (part) order by part for update of log_head),
moved as (update log_head set pos = log_head.pos + wanted.count from wanted join locked using (part)
  where log_head.part = wanted.part and log_head.pos = wanted.pos returning log_head.part)`

/** Name, type on the wire, and the cast from there where it differs. */
type Column = readonly [name: string, type: string, cast?: (value: string) => string]

/**
 * Text without line breaks, as JSON is: a list of it goes as one text with a line for each, which spares both sides the
 * quoting of JSON inside an array.
 */
const lines = "lines"

const as = (type: string) => (value: string) => `${value}::${type}`
const fromBase64 = (value: string) => `decode(${value}, 'base64')`

/** Of a head: its partition, where it must stand, and by how many it moves. */
const headTypes: ReadonlyArray<string> = ["smallint", "bigint", "integer"]
const ofPart: Column = ["log_part", "smallint"]

const eventColumns: ReadonlyArray<Column> = [
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
  ["fingerprint", lines, fromBase64],
  ["body", lines, as("jsonb")],
]

const streamColumns: ReadonlyArray<Column> = [
  ["stream_id", "uuid"],
  ["seq", "bigint"],
]

const names = (columns: ReadonlyArray<Column>): string => columns.map(([name]) => quoted(name)).join(", ")
const selected = (columns: ReadonlyArray<Column>): string =>
  columns.map(([name, , cast = itself]) => cast(`given.${quoted(name)}`)).join(", ")
const itself = (value: string): string => value

const rowsText = (piece: Piece, given: Given): string => {
  const { table, columns, of } = piece
  return `,
${quoted(nameOf(piece))} as (insert into ${quoted(table.table)} (${names(columns)})
  select ${selected(columns)} from ${given(columns)}${of === "changed" ? replacing(table) : ""})`
}

const replacing = ({ columns, key }: InlineTable): string => {
  const others = Object.keys(columns).filter((name) => !key.includes(name))
  const change = others.map((name) => `${quoted(name)} = excluded.${quoted(name)}`).join(", ")
  return `
  on conflict (${key.map(quoted).join(", ")}) do ${others.length === 0 ? "nothing" : `update set ${change}`}`
}

const isJson = (type: string): boolean => type === "json" || type === "jsonb"
const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`

const counter = () => {
  let last = 0
  return () => ++last
}

/** A column of what the statement takes. */
interface Taken {
  readonly type: string
  readonly values: ReadonlyArray<unknown>
}

const list = ({ type, values }: Taken): unknown => {
  if (type === lines) return values.join("\n")
  return unquoted.has(type) ? plainArrayText(values) : values
}
const unquoted: ReadonlySet<string> = new Set(["smallint", "integer", "bigint", "boolean", "uuid"])

const onlyValue = ({ values }: Taken): unknown => values[0]

const headsOf = (appendings: ReadonlyArray<Appending>, { alone }: Pick<Shape, "alone">): ReadonlyArray<unknown> => {
  const heads = appendings.map(({ part, after, events }) => [part, after, events.length])
  return alone ? heads[0]! : headTypes.map((_, i) => heads.map((head) => head[i]))
}

/** What the statement takes after the heads, column by column. */
const columnsOf = (
  written: ReadonlyArray<Piece>,
  appendings: ReadonlyArray<Appending>,
  { alone }: Pick<Shape, "alone">,
): ReadonlyArray<Taken> => {
  const events = appendings.flatMap(({ events }) => events)
  const streams = [...new Map(events.map((event) => [event.stream, event])).values()]
  const fingerprints = appendings.flatMap(({ fingerprints }) => fingerprints)
  const taken = (
    columns: ReadonlyArray<Column>,
    values: ReadonlyArray<ReadonlyArray<unknown>>,
    parts: () => ReadonlyArray<number>,
  ) => [
    ...(alone ? [] : [{ type: "smallint", values: parts() }]),
    ...columns.map(([, type], i) => ({ type, values: values[i]! })),
  ]
  return [
    ...taken(eventColumns, eventValues(events, fingerprints), () => events.map(({ part }) => part)),
    ...taken(streamColumns, [streams.map(({ stream }) => stream), streams.map(({ seq }) => seq)], () =>
      streams.map(({ part }) => part),
    ),
    ...written.flatMap((piece) => {
      const { columns } = piece
      const rows = appendings.flatMap((appending) => rowsOf(piece, appending.rows))
      const parts = () => appendings.flatMap(({ part, rows }) => rowsOf(piece, rows).map(() => part))
      return taken(
        columns,
        columns.map((_, i) => rows.map((row) => row[i] ?? null)),
        parts,
      )
    }),
  ]
}

const eventValues = (events: ReadonlyArray<Stored>, fingerprints: ReadonlyArray<string>) => [
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
  fingerprints,
  events.map((event) => JSON.stringify(event.body)),
]
