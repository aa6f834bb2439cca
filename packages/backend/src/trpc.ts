import { DatabaseError } from "@roomlog/log"
import type { Rejection } from "@roomlog/schemas"
import { initTRPC, TRPCError } from "@trpc/server"
import { type Effect, Schema } from "effect"
import type { WebSocket } from "ws"
import type { Backend } from "./backend.ts"
import { run } from "./edge.ts"
import type { Actor } from "./identity/identity.ts"
import { takePlace } from "./places.ts"
import { codes, Rejected, sentence } from "./rejected.ts"

/** What a door knows of a call. */
export interface Context {
  readonly backend: Backend
  /** Who calls, if the session is valid. */
  readonly actor: Actor | undefined
  /** Where from, for what is counted by address. */
  readonly address: string
  /** The WebSocket that carries the call; subscriptions write to it directly. */
  readonly socket: WebSocket | undefined
  /** Gives a browser its session, or takes it away. */
  readonly setSession: ((token: string | null) => void) | undefined
}

const t = initTRPC.context<Context>().create({
  errorFormatter: ({ shape, error }) => ({
    ...shape,
    message: error.code === "BAD_REQUEST" && !(error.cause instanceof Rejected) ? inputSentence(error) : shape.message,
    data: { code: shape.data.code, httpStatus: shape.data.httpStatus, rejection: rejectionOf(error) },
  }),
})

export const router = t.router

/** Anybody may call this. */
export const open = t.procedure.use(({ ctx, type, next }) => inPlace(ctx, type, next))

/** Only who is signed in may call this. */
export const signedIn = t.procedure.use(({ ctx, type, next }) => {
  const { actor } = ctx
  if (actor === undefined) throw toTrpc(new Rejected({ rejection: { _tag: "NotSignedIn" } }))
  return inPlace(ctx, type, () => next({ ctx: { ...ctx, actor } }))
})

/** Calls take one of their socket's places while they are carried out; subscriptions have places of their own. */
const inPlace = async <A>(ctx: Context, type: string, carryOut: () => Promise<A>): Promise<A> => {
  if (type === "subscription") return carryOut()
  const giveBack = placeIn(ctx)
  try {
    return await carryOut()
  } finally {
    giveBack()
  }
}

const placeIn = ({ socket }: Context) => {
  try {
    return takePlace(socket, "calls")
  } catch (cause) {
    throw toTrpc(cause)
  }
}

/** How input is read: unknown fields are refused, and every problem is named. */
export const parsing = { onExcessProperty: "error", errors: "all" } as const

/** A schema as tRPC takes it. */
export const wire = <S extends Schema.ConstraintDecoder<unknown>>(schema: S) =>
  Schema.toStandardSchemaV1(schema, { parseOptions: parsing })

/** Carries an Effect out into tRPC: a "no" becomes its code, anything else an internal error with an id. */
export const answer = async <A>(effect: Effect.Effect<A, Rejected | DatabaseError>): Promise<A> => {
  try {
    return await run(effect)
  } catch (cause) {
    throw toTrpc(cause)
  }
}

/** What went wrong, as tRPC says it. */
export const toTrpc = (cause: unknown): TRPCError => {
  if (cause instanceof TRPCError) return cause
  if (cause instanceof Rejected)
    return new TRPCError({ code: codes[cause.rejection._tag], message: sentence(cause.rejection), cause })
  const message = faultSentence(cause, crypto.randomUUID().slice(0, 8))
  return new TRPCError({ code: "INTERNAL_SERVER_ERROR", message, cause })
}

/** A technical failure as people are told it, with the id under which the log knows more. */
export const faultSentence = (cause: unknown, id: string): string =>
  cause instanceof DatabaseError
    ? `The database did not answer in time. Try again: nothing is ever done twice. (${id})`
    : `Something went wrong inside the server. (${id})`

interface Issue {
  readonly path?: ReadonlyArray<PropertyKey | { readonly key: PropertyKey }>
  readonly message: string
}

const rejectionOf = ({ code, cause }: TRPCError): Rejection | undefined => {
  if (cause instanceof Rejected) return cause.rejection
  if (code !== "BAD_REQUEST") return undefined
  const [issue] = issuesOf(cause)
  return issue && { _tag: "InvalidInput", field: fieldOf(issue), reason: issue.message }
}

const inputSentence = (error: TRPCError): string => {
  const issues = issuesOf(error.cause)
  return issues.length === 0 ? error.message : issues.map((issue) => `${fieldOf(issue)}: ${issue.message}`).join("; ")
}

const issuesOf = (cause: unknown): ReadonlyArray<Issue> =>
  cause instanceof Error && "issues" in cause && Array.isArray(cause.issues) ? cause.issues : []

const fieldOf = ({ path }: Issue): string =>
  (path ?? []).map((step) => String(typeof step === "object" ? step.key : step)).join(".") || "input"
