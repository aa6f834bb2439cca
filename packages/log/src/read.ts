import type { Query, Stored } from "./contract.ts"

/** Events of a stream after a seq, oldest first. */
export const readStream = (query: Query, { stream, after, limit }: StreamPage): Promise<ReadonlyArray<Stored>> =>
  query<Stored>(`select ${columns} from event where stream_id = $1 and seq > $2 order by seq limit $3`, [
    stream,
    after,
    limit,
  ])

/** Events of a partition after a position, oldest first. */
export const readPart = (query: Query, { part, after, limit }: PartPage): Promise<ReadonlyArray<Stored>> =>
  query<Stored>(`select ${columns} from event where part = $1 and pos > $2 order by pos limit $3`, [part, after, limit])

/** Newest seqs of those of the streams that have events. */
export const streamHeads = (query: Query, streams: ReadonlyArray<string>): Promise<ReadonlyArray<StreamHead>> =>
  query<StreamHead>("select stream_id as stream, seq from stream where stream_id = any($1::uuid[])", [streams])

/** Positions of the newest committed events. */
export const heads = (query: Query): Promise<ReadonlyArray<Head>> =>
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

const columns = `part, pos, stream_id as stream, seq, type, ver as version, actor_id as actor, command_id as command,
  cmd_idx as index, subject_id as subject, at, body`
