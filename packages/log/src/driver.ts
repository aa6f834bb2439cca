import { Data } from "effect"
import { DatabaseError, type Query } from "./contract.ts"

/** A database as the log needs it. Every promise fails with a `DatabaseError` and nothing else. */
export interface Driver {
  readonly engine: "postgres" | "pglite"
  /** Whether other processes may write to the same database. */
  readonly shared: boolean
  readonly query: Query
  /** Runs many statements at once, without parameters, in one transaction. */
  readonly script: (sql: string) => Promise<void>
  /** Commits when the work is done, rolls back when it throws. What the work threw comes out unchanged. */
  readonly transaction: <A>(work: (query: Query, script: Driver["script"]) => Promise<A>) => Promise<A>
  /** The same on connections of the committers' own, so that readers cannot keep them waiting. */
  readonly committing: Pick<Driver, "query" | "transaction">
  /** Calls `heard` with each payload, and `ready` whenever listening began or began again. */
  readonly listen: (
    channel: string,
    heard: (payload: string) => void,
    ready: () => void,
  ) => Promise<() => Promise<void>>
  readonly notify: (channel: string, payload: string) => Promise<void>
}

/** The database or the log cannot be opened as asked; the message says what to do. */
export class CannotOpen extends Data.TaggedError("CannotOpen")<{ readonly message: string }> {}

/** Another process has this folder open. */
export class FolderInUse extends Data.TaggedError("FolderInUse")<{
  readonly folder: string
  readonly pid: number
  readonly message: string
}> {}

/** True when it is not known whether the statement was carried out, because the connection or the server went away. */
export const isConnectionLost = ({ code }: DatabaseError): boolean =>
  code === "connection" || code.startsWith("08") || /^57P0[1-5]$/.test(code) || code === "25P03"

/** True when it says nothing about what was asked for: deadlock, time-out, too little room. The same may work again. */
export const isPassing = ({ code }: DatabaseError): boolean =>
  code.startsWith("40") || code.startsWith("53") || code.startsWith("55") || code === "57014"

/** Whatever a driver threw, as a `DatabaseError`. */
export const databaseError = (cause: unknown): DatabaseError => {
  if (cause instanceof DatabaseError) return cause
  const { code, message, ...more } = (cause ?? {}) as Thrown
  const constraint = more.constraint ?? more.constraint_name
  return new DatabaseError({
    code: code !== undefined && /^[0-9A-Z]{5}$/.test(code) && code !== "EPIPE" ? code : "connection",
    message: message ?? String(cause),
    ...(constraint === undefined ? {} : { constraint }),
    cause,
  })
}

/** Runs a driver's transaction: what the work inside threw comes out unchanged, what the driver threw as a `DatabaseError`. */
export const passingThrough = async <A>(
  run: (passing: (work: Promise<A>) => Promise<A>) => Promise<unknown>,
): Promise<A> => {
  const thrown: Array<unknown> = []
  const passing = (work: Promise<A>) =>
    work.catch((cause: unknown) => {
      thrown.push(cause)
      throw cause
    })
  try {
    return (await run(passing)) as A
  } catch (cause) {
    throw thrown.length > 0 ? thrown[0] : databaseError(cause)
  }
}

/** An array as Postgres reads it from text, so that no driver has to guess its type. */
export const arrayText = (values: ReadonlyArray<unknown>): string => `{${values.map(elementText).join(",")}}`

/**
 * The same of numbers, booleans and UUIDs, which need no quotes: telling that of each of them costs more than writing it. What
 * is something else after all is an array that Postgres refuses, or too long for the others beside it.
 */
export const plainArrayText = (values: ReadonlyArray<unknown>): string =>
  `{${(values.includes(null) ? values.map((value) => value ?? "null") : values).join(",")}}`

interface Thrown {
  readonly code?: string
  readonly message?: string
  readonly constraint?: string
  readonly constraint_name?: string
}

const elementText = (value: unknown): string => {
  if (value === null || value === undefined) return "null"
  if (typeof value === "number" || typeof value === "boolean") return String(value)
  if (value instanceof Date) return `"${value.toISOString()}"`
  const text = String(value)
  if (plain.test(text)) return text
  // The same for text that JSON escapes no further, and in half the time for JSON, which is what most text here is.
  return special.test(text) ? `"${text.replace(/["\\]/g, "\\$&")}"` : JSON.stringify(text)
}

/** Long enough to be no NULL, and without anything that arrays give a meaning. */
const plain = /^[0-9a-zA-Z_-]{5,}$/
/** What JSON writes in another way: control characters and halves of surrogate pairs. */
const special = /[\p{Cc}\p{Cs}]/u
