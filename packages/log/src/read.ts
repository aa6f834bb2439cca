import type { Query, Stored, StoredText } from "./contract.ts"

/** Events of a stream after a seq, oldest first. */
export const readStream = (query: Query, { stream, after, limit }: StreamPage): Promise<ReadonlyArray<Stored>> =>
  page(query, ofStream, [stream, after, limit])

/** Events of a stream after a seq, oldest first, with their bodies as text. */
export const readStreamText = async (
  query: Query,
  { stream, after, limit }: StreamPage,
): Promise<ReadonlyArray<StoredText>> => {
  const [found] = await query<FoundText>(ofStreamText, [stream, after, limit])
  const texts = found?.texts?.split("\n") ?? []
  const heads = JSON.parse(`[${found?.heads ?? ""}]`) as ReadonlyArray<TextHead>
  return heads.map(([seq, type, version, actor, command, subject, at], i) => {
    return { stream, seq, type, version, actor, command, subject: subject === "" ? null : subject, at, text: texts[i]! }
  })
}

/** Events of a partition after a position, oldest first. */
export const readPart = (query: Query, { part, after, limit }: PartPage): Promise<ReadonlyArray<Stored>> =>
  page(query, ofPart, [part, after, limit])

/** Newest seqs of those of the streams that have events. */
export const streamHeads = (query: Query, streams: ReadonlyArray<string>): Promise<ReadonlyArray<StreamHead>> =>
  query<StreamHead>("select stream_id as stream, seq from stream where stream_id = any($1::uuid[])", [streams])

/** Positions of the newest committed events, as one moment has them. */
export const readHeads = (query: Query): Promise<ReadonlyArray<Head>> =>
  query<Head>("select part, pos from log_head order by part")

export interface StreamPage {
  readonly stream: string
  readonly after: number
  readonly limit: number
}

export interface PartPage {
  readonly part: number
  readonly after: number
  readonly limit: number
}

export interface StreamHead {
  readonly stream: string
  readonly seq: number
}

export interface Head {
  readonly part: number
  readonly pos: number
}

/** A page as one text of JSON: that costs this process a third of what rows do. */
const page = async (query: Query, text: string, place: ReadonlyArray<unknown>): Promise<ReadonlyArray<Stored>> => {
  const [found] = await query<{ readonly events: string | null }>(text, place)
  const lines = JSON.parse(`[${found?.events ?? ""}]`) as ReadonlyArray<Line>
  return lines.map(([part, pos, stream, seq, type, version, actor, command, index, subject, at, body]) => {
    return { part, pos, stream, seq, type, version, actor, command, index, subject, at, body }
  })
}

interface FoundText {
  readonly heads: string | null
  /** JSON has no line breaks. */
  readonly texts: string | null
}

type TextHead = [
  seq: number,
  type: string,
  version: number,
  actor: string,
  command: string,
  /** Empty when there is none. */
  subject: string,
  at: number,
]

type Line = [
  part: number,
  pos: number,
  stream: string,
  seq: number,
  type: string,
  version: number,
  actor: string,
  command: string,
  index: number,
  subject: string | null,
  at: number,
  body: Stored["body"],
]

const line = `'[', part, ',', pos, ',"', stream_id, '",', seq, ',', to_json(type), ',', ver, ',"', actor_id, '","', command_id,
    '",', cmd_idx, ',', coalesce(to_json(subject_id)::text, 'null'), ',', at, ',', body, ']'`

const pageText = (place: string, order: string): string =>
  `select string_agg(concat(${line}), ',' order by ${order}) as events
  from (select * from event where ${place} order by ${order} limit $3) as page`

const ofStream = pageText("stream_id = $1 and seq > $2", "seq")
const ofPart = pageText("part = $1 and pos > $2", "pos")

const textHead = `'[', seq, ',', to_json(type), ',', ver, ',"', actor_id, '","', command_id, '","', subject_id, '",', at, ']'`

const ofStreamText = `select string_agg(concat(${textHead}), ',' order by seq) as heads,
    string_agg(body::text, e'\\n' order by seq) as texts
  from (select * from event where stream_id = $1 and seq > $2 order by seq limit $3) as page`
