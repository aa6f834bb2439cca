import type { DatabaseError } from "@roomlog/log"
import type { Effect, Option } from "effect"
import type { Backend } from "./backend.ts"
import type { Actor } from "./identity/identity.ts"
import type { Rejected } from "./rejected.ts"

/** Who calls, and on whom. */
export type Caller = { readonly backend: Backend; readonly actor: Actor }

/** A procedure for who does without tRPC: how it is called, what it takes, and what it does. */
export interface Carried {
  readonly method: "mutation" | "query"
  /** The input, if it is one that tRPC would take. */
  readonly read: (input: unknown) => Option.Option<unknown>
  /** Answers with JSON. */
  readonly carryOut: (caller: Caller, input: unknown) => Effect.Effect<string, Rejected | DatabaseError>
}

const carried = new WeakMap<object, Carried>()

/** The same procedure, which can be done without tRPC from now on. */
export const alsoCarried = <Procedure extends object>(procedure: Procedure, how: Carried): Procedure => {
  carried.set(procedure, how)
  return procedure
}

/** How a procedure is done without tRPC, if it can be. */
export const carriedBy = (procedure: object): Carried | undefined => carried.get(procedure)
