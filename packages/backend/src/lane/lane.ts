import { FollowQuery } from "@roomlog/schemas"
import { getErrorShape, TRPCError } from "@trpc/server"
import { Option, Schema } from "effect"
import type { WebSocket } from "ws"
import { type Carried, carriedBy } from "../carried.ts"
import { run } from "../edge.ts"
import type { End } from "../feed/sink.ts"
import type { Actor } from "../identity/identity.ts"
import { takePlace } from "../places.ts"
import { Rejected } from "../rejected.ts"
import { appRouter } from "../router.ts"
import { type Context, parsing, toTrpc } from "../trpc.ts"
import { inputOf, isForLane, isTooMany, type Message, messagesIn } from "./message.ts"
import { activityOver, type Begin, followOver } from "./subscriptions.ts"

/** A WebSocket that also takes finished frames, which cost less than messages when many are told the same. */
export interface FramedSocket extends WebSocket {
  readonly sendFrame: (frame: Buffer) => void
}

/** Somebody signed in, on a WebSocket. */
export interface Speaker extends Context {
  readonly actor: Actor
  readonly socket: FramedSocket
}

/** Told of every call that failed, for whoever logs. */
type Failed = (error: TRPCError, path: string) => void

/**
 * One WebSocket's way past tRPC, for what is asked and told most: commands, pages of history and subscriptions of
 * somebody signed in. Read by the same schemas, carried out by the same functions, answered in the same words; tRPC's
 * way to them costs more than all the rest of a command, and keeps 7 kB for each subscription (docs/decisions/0013, 0018).
 */
export class Lane {
  readonly #speaker: Speaker
  readonly #failed: Failed
  /** How to end each, by the id of its request. */
  readonly #subscriptions = new Map<number | string, () => void>()

  constructor(speaker: Speaker, failed: Failed) {
    this.#speaker = speaker
    this.#failed = failed
    speaker.socket.on("close", () => {
      for (const stop of this.#subscriptions.values()) stop()
      this.#subscriptions.clear()
    })
  }

  /** Gives back what it does not take, wrong input too: that is tRPC's to answer. Nothing is left when all was taken. */
  take(data: Buffer): Buffer | undefined {
    const said = messagesIn(data)
    if (!Array.isArray(said)) return isForLane(said) && (this.#call(said) || this.#subscribe(said)) ? undefined : data
    if (isTooMany(said)) return data
    // Commands that come together are seldom; subscriptions do whenever a client comes back.
    const left = said.filter((message) => !(isForLane(message) && this.#subscribe(message)))
    if (left.length === said.length) return data
    return left.length === 0 ? undefined : Buffer.from(JSON.stringify(left))
  }

  #call({ id, method, params }: Message): boolean {
    const procedure = procedures.get(params?.path ?? "")
    const input = procedure?.method === method ? procedure.read(params!.input) : Option.none()
    if (procedure === undefined || Option.isNone(input)) return false
    const giveBack = this.#place("calls")
    if (giveBack === undefined) return false
    run(procedure.carryOut(this.#speaker, input.value))
      .then(
        (json) => `{"id":${JSON.stringify(id)},"result":{"type":"data","data":${json}}}`,
        (cause: unknown) => JSON.stringify(this.#errorOf(cause, { id, method, params: params! })),
      )
      .then((answer) => {
        giveBack()
        this.#sayText(answer)
      })
    return true
  }

  #subscribe(message: Message): boolean {
    const { id, method, params } = message
    const isKnown = this.#subscriptions.has(id)
    if (method === "subscription.stop") return isKnown && this.#end(message, undefined)
    if (method !== "subscription") return false
    if (isKnown) return this.#refuse(message, new TRPCError({ code: "BAD_REQUEST", message: `Duplicate id ${id}` }))
    const begin = this.#beginning(params!.path, inputOf(message))
    const giveBack = begin && this.#place("subscriptions")
    if (begin === undefined || giveBack === undefined) return false
    this.#say({ id, result: { type: "started" } })
    const stop = begin(id, (why) => this.#end(message, why))
    this.#subscriptions.set(id, () => {
      stop()
      giveBack()
    })
    return true
  }

  #beginning(path: string, input: unknown): Begin | undefined {
    if (path === "room.activity") return activityOver(this.#speaker)
    const query = path === "room.follow" ? readQuery(input) : Option.none()
    return Option.isSome(query) ? followOver(this.#speaker, query.value) : undefined
  }

  /** Ends a subscription whose reader asked for it, or which ended by itself. */
  #end(message: Message, why: End | undefined): boolean {
    this.#subscriptions.get(message.id)?.()
    this.#subscriptions.delete(message.id)
    if (why?._tag === "refused") this.#refuse(message, new Rejected({ rejection: why.rejection }))
    if (why?._tag === "failed") this.#refuse(message, why.cause)
    this.#say({ id: message.id, result: { type: "stopped" } })
    return true
  }

  #refuse(message: Message, cause: unknown): boolean {
    this.#say(this.#errorOf(cause, message))
    return true
  }

  #place(of: "calls" | "subscriptions"): (() => void) | undefined {
    try {
      return takePlace(this.#speaker.socket, of)
    } catch {
      return undefined
    }
  }

  #say(message: object): void {
    this.#sayText(JSON.stringify(message))
  }

  #sayText(text: string): void {
    const { socket } = this.#speaker
    if (socket.readyState === socket.OPEN) socket.send(text)
  }

  /** What tRPC would have answered. */
  #errorOf(cause: unknown, { id, method, params }: Message) {
    const error = toTrpc(cause)
    const { path, input } = params!
    this.#failed(error, path)
    const type = method === "subscription.stop" ? "subscription" : method
    const call = { error, type, path, input, ctx: this.#speaker } as const
    return { id, error: getErrorShape({ config: appRouter._def._config, ...call }) }
  }
}

/** What can be done without tRPC among all procedures, by path. */
const procedures: ReadonlyMap<string, Carried> = new Map(
  Object.entries(appRouter._def.procedures).flatMap(([path, procedure]) => {
    const how = carriedBy(procedure)
    return how === undefined ? [] : [[path, how] as const]
  }),
)

const readQuery = Schema.decodeUnknownOption(FollowQuery, parsing)
