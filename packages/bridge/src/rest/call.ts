import type { Actor, Backend, Rejected } from "@roomlog/backend"
import type { Effect } from "effect"
import type { Media } from "../session.ts"
import type { Answer, Answered } from "./answers.ts"
import type { Fields } from "./forms.ts"
import type { Guests } from "./guests.ts"

/** The part of the backend that old routes use. */
export type RestBackend = Pick<Backend, "commands" | "identity" | "legacy" | "newId" | "now" | "rooms" | "spend">

/** Keeps a phone's token for somebody. */
export type SaveToken = (actor: Actor, token: string) => Effect.Effect<unknown, unknown>

/** What a route finds around it. */
export interface Surroundings {
  readonly backend: RestBackend
  readonly media: Media
  readonly guests: Guests
  readonly saveToken: SaveToken
  /** The cookie that gives a browser its session. */
  readonly cookie: (token: string) => string
}

/** One request, understood so far. */
export interface Call extends Surroundings {
  /** The absolute address as its sender knows it. */
  readonly url: URL
  /** Name of the room in the path; empty when there is none. */
  readonly room: string
  /** Whose session it comes with, if any. */
  readonly actor: Actor | undefined
  /** Where it comes from, for what is counted by address. */
  readonly address: string
  /** What follows from `Idempotency-Key`. */
  readonly key: string | undefined
  /** Reads the body. */
  readonly fields: Effect.Effect<Fields, Answered>
}

/** Answers a request, or ends it early. */
export type Handler = (call: Call) => Effect.Effect<Answer, Answered | Rejected | unknown>
