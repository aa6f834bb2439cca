import { getErrorShape, type TRPCError } from "@trpc/server"
import { Option } from "effect"
import type { WebSocket } from "ws"
import { type Carried, carriedBy } from "./command.ts"
import { run } from "./edge.ts"
import { takePlace } from "./places.ts"
import { appRouter } from "./router.ts"
import { type Context, toTrpc } from "./trpc.ts"

/** One message of tRPC's WebSocket protocol, as far as this reads it. */
interface Message {
  readonly id: number | string
  readonly method: string
  readonly params: { readonly path: string; readonly input?: unknown }
}

type Failed = (error: TRPCError, path: string) => void

/**
 * Takes commands of somebody signed in past tRPC, whose way to them costs more than all the rest of a command
 * (docs/decisions/0013): read by the same schema, carried out by the same function, answered in the same words.
 * False for everything else, wrong input too: that is tRPC's to answer.
 */
export const takeCommand = (socket: WebSocket, context: Context, data: Buffer, failed: Failed): boolean => {
  const message = messageOf(data)
  const command = message && commands.get(message.params.path)
  if (command === undefined || context.actor === undefined) return false
  const input = command.read(message!.params.input)
  if (Option.isNone(input)) return false
  const giveBack = placeOn(socket)
  if (giveBack === undefined) return false
  const { actor, backend } = context
  run(command.carryOut({ actor, backend }, input.value))
    .then(
      (receipt) => ({ id: message!.id, result: { type: "data", data: receipt } }),
      (cause: unknown) => ({ id: message!.id, error: shapeOf(cause, { context, message: message!, failed }) }),
    )
    .then((answer) => {
      giveBack()
      if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(answer))
    })
  return true
}

/** The commands among all procedures, by path. */
const commands: ReadonlyMap<string, Carried> = new Map(
  Object.entries(appRouter._def.procedures).flatMap(([path, procedure]) => {
    const command = carriedBy(procedure)
    return command === undefined ? [] : [[path, command] as const]
  }),
)

/** A single mutation; anything else is read by tRPC, which also says what is wrong with it. */
const messageOf = (data: Buffer): Message | undefined => {
  if (!data.includes(mutation)) return undefined
  try {
    const message = JSON.parse(data.toString()) as Partial<Message> | null
    const { id, method, params } = message ?? {}
    const isRead = (typeof id === "number" || typeof id === "string") && method === "mutation"
    return isRead && typeof params?.path === "string" ? (message as Message) : undefined
  } catch {
    return undefined
  }
}

const mutation = Buffer.from('"mutation"')

const placeOn = (socket: WebSocket): (() => void) | undefined => {
  try {
    return takePlace(socket, "calls")
  } catch {
    return undefined
  }
}

interface Asked {
  readonly context: Context
  readonly message: Message
  readonly failed: Failed
}

/** What tRPC would have answered. */
const shapeOf = (cause: unknown, { context, message: { params }, failed }: Asked) => {
  const error = toTrpc(cause)
  failed(error, params.path)
  const { path, input } = params
  return getErrorShape({ config: appRouter._def._config, error, type: "mutation", path, input, ctx: context })
}
