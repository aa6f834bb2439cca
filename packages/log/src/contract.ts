import { Data, type Effect, type Result } from "effect"

/** An event as it stands in the log. Positions and seqs are gap-free from 1. */
export interface Stored {
  /** Partition; with `pos` the coordinate of followers and projections. */
  readonly part: number
  readonly pos: number
  /** The stream (a UUID); with `seq` the coordinate of people. */
  readonly stream: string
  readonly seq: number
  readonly type: string
  readonly version: number
  /** Who did it (a UUID). */
  readonly actor: string
  /** Which command caused it (a UUID), and the how-manieth event of that command it is, from 0. */
  readonly command: string
  readonly index: number
  /** What in the stream it is about (a UUID), so that one thing's story is one index probe. */
  readonly subject: string | null
  /** Milliseconds since 1970 by the appending node's clock, or as the command said; never an order. */
  readonly at: number
  /** JSON object; empty after erasure. */
  readonly body: Record<string, unknown>
}

/** The same for who only hands it on: what readers of a stream are told. */
export interface StoredText extends Omit<Stored, "part" | "pos" | "index" | "body"> {
  /** The body as JSON in one line. */
  readonly text: string
}

/** An event that a command wants to be appended. */
export interface Draft {
  readonly type: string
  readonly version: number
  readonly subject: string | null
  readonly body: Record<string, unknown>
}

/** A command on its way into the log. `content` must be JSON; its hash tells a repeat from a reuse of the id. */
export interface Submission<Content> {
  readonly stream: string
  readonly actor: string
  readonly command: string
  readonly content: Content
  /**
   * Milliseconds since 1970 when it happened, for what is taken over from elsewhere; now, when left out. Order is by
   * place and not by time. No part of what the command asks for: a repeat with another time is a repeat.
   */
  readonly at?: number
}

/** Where an accepted command's last event stands. */
export interface Receipt {
  readonly part: number
  readonly pos: number
  readonly seq: number
  readonly at: number
  /** True when the command had been carried out before and this is the recorded answer. */
  readonly repeated: boolean
}

/** Where the first event of a command would stand. */
export interface Place {
  readonly part: number
  readonly pos: number
  readonly seq: number
  readonly at: number
}

/** Runs SQL: `$1` parameters, prepared once for each text. Throws a `DatabaseError`. */
export type Query = <Row extends object = Record<string, unknown>>(
  text: string,
  params?: ReadonlyArray<unknown>,
) => Promise<ReadonlyArray<Row>>

/** A read-model table whose rows are written by the statement that appends the events. */
export interface InlineTable {
  readonly table: string
  /** Column name to Postgres type, in order. A jsonb column takes values as JSON text in one line. */
  readonly columns: Readonly<Record<string, string>>
  /** Columns of the primary key; the others are replaced when a changed row exists. */
  readonly key: ReadonlyArray<string>
}

/** Rows for the inline tables, by table. Keys are unique in a batch. */
export type InlineRows = ReadonlyMap<string, TableRows>

/** Rows for one table: each has one value per column, in the order of `columns`. */
export interface TableRows {
  /** Rows with keys that the table does not have; if it has, the batch fails. They cost less. */
  readonly added?: ReadonlyArray<ReadonlyArray<unknown>>
  /** Rows with keys that the table may have. */
  readonly changed?: ReadonlyArray<ReadonlyArray<unknown>>
}

/**
 * Judges one batch of commands against the partition's state in memory. Nothing that a batch folds in outlives it
 * unless `keep` is called, which the log does after the commit and before anybody is answered.
 */
export interface Batch<Content, Refusal> {
  /** Reads what these commands are judged on and memory does not hold. May see a newer state than memory: such a batch never commits. */
  readonly load: (submissions: ReadonlyArray<Submission<Content>>, query: Query) => Promise<void>
  /** The rules: at least one event, or a refusal. Sees what earlier commands of the batch did. */
  readonly judge: (submission: Submission<Content>, place: Place) => Result.Result<ReadonlyArray<Draft>, Refusal>
  /** Read-model rows for everything that was accepted. */
  readonly rows: () => InlineRows
  readonly keep: () => void
}

/** What the log needs to know of the words it carries. */
export interface Judge<Content, Refusal> {
  readonly tables: ReadonlyArray<InlineTable>
  readonly batch: (part: number) => Batch<Content, Refusal>
  /** Other nodes appended these: what memory holds of their streams and subjects is old. */
  readonly heard: (events: ReadonlyArray<Stored>) => void
  /** Other nodes appended too much to be read: everything that memory holds may be old. */
  readonly lost: () => void
}

/** Somebody's wish to hear a stream's events as they are appended, on any node. */
export interface Interest {
  /** A seq from which on every event of the stream is given to `onAppended`, until the release. */
  readonly head: () => Promise<number>
  readonly release: () => void
}

/** The command was judged and refused. */
export class Refused<Refusal> extends Data.TaggedError("Refused")<{ readonly refusal: Refusal }> {}
/** The command's id was used before for something else. */
export class CommandReused extends Data.TaggedError("CommandReused")<{ readonly command: string }> {}
/** The database said no or could not be reached; nothing was acknowledged. */
export class DatabaseError extends Data.TaggedError("DatabaseError")<{
  /** SQLSTATE, or "connection". */
  readonly code: string
  readonly constraint?: string
  readonly message: string
  readonly cause?: unknown
}> {}

/** Who wants to know of the log's work. Must not throw and must not wait. */
export interface LogObserver {
  /** A batch stands: its events, how many commands it carried out, and how long judging and appending took. */
  readonly appended: (events: ReadonlyArray<Stored>, commands: number, milliseconds: number) => void
}

export interface Log<Content, Refusal> {
  /** Number of partitions, fixed when the log was first opened. */
  readonly parts: number
  readonly partOf: (stream: string) => number
  /** Eight hex digits, renewed when a backup was restored. One for the whole log. */
  readonly epoch: () => string
  /** Judges and appends: exactly once for a command id of an actor, for ever. */
  readonly submit: (
    submission: Submission<Content>,
  ) => Effect.Effect<Receipt, Refused<Refusal> | CommandReused | DatabaseError>
  /** Events of a stream after `after`, oldest first, at most `limit`. */
  readonly readStream: (
    stream: string,
    after: number,
    limit: number,
  ) => Effect.Effect<ReadonlyArray<Stored>, DatabaseError>
  /** The same with their bodies as text, which costs less. */
  readonly readStreamText: (
    stream: string,
    after: number,
    limit: number,
  ) => Effect.Effect<ReadonlyArray<StoredText>, DatabaseError>
  /** Events of a partition after `after`, oldest first, at most `limit`. */
  readonly readPart: (part: number, after: number, limit: number) => Effect.Effect<ReadonlyArray<Stored>, DatabaseError>
  /** Seq of the newest committed event of a stream, 0 when there is none. */
  readonly streamHead: (stream: string) => Effect.Effect<number, DatabaseError>
  /** Position of the newest committed event of a partition. */
  readonly head: (part: number) => Effect.Effect<number, DatabaseError>
  /** Asks for a stream's events. Without it only this node's own events, and some of others, come to `onAppended`. */
  readonly interest: (stream: string) => Interest
  /**
   * Calls back after each commit, own or another node's, with that group of events, each stream's in order; never
   * twice, and without a gap for a stream somebody is interested in. The callback must not throw and must not wait.
   * Returns how to stop.
   */
  readonly onAppended: (heard: (events: ReadonlyArray<Stored>) => void) => () => void
  readonly query: Query
}
