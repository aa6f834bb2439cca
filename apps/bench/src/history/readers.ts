import postgres from "postgres"
import { socketOf } from "../systems/api.ts"
import { opened } from "../talk/dialect.ts"

/** Which page of a room is wanted. */
export type Place = { readonly before: number } | { readonly around: number } | Record<never, never>

/** Reads a page of 50 and says how many rows it got. */
export interface Reader {
  readonly read: (room: string, place: Place) => Promise<number>
  readonly close: () => Promise<unknown>
}

/** How Roomlog's clients read: a query over a WebSocket that is open, and answers when it is asked whether it still is. */
export const overApi = async (url: string, token: string): Promise<Reader> => {
  const { socket } = await opened(socketOf(url), { headers: { authorization: `Bearer ${token}` } })
  let answered = Promise.withResolvers<string>()
  socket.on("message", (data) => {
    const text = String(data)
    if (text === "PING") socket.send("PONG")
    else answered.resolve(text)
  })
  socket.on("close", () => answered.reject(new Error("the connection was closed")))
  let id = 0
  return {
    read: async (room, place) => {
      answered = Promise.withResolvers()
      socket.send(
        JSON.stringify({ id: ++id, method: "query", params: { path: "message.history", input: { room, ...place } } }),
      )
      const text = await answered.promise
      const { result } = JSON.parse(text) as { result?: { data: { items: ReadonlyArray<unknown> } } }
      if (result === undefined) throw new Error(text)
      return result.data.items.length
    },
    close: async () => {
      socket.removeAllListeners("close")
      socket.terminate()
    },
  }
}

/** The limit: one plain statement, prepared, over a connection that is open. */
export const bySql = async (url: string): Promise<Reader> => {
  const sql = postgres(url, { max: 1 })
  await sql`select 1`
  const older = async (room: string, before: number, limit: number): Promise<number> =>
    (await sql`select view from item where room = ${room} and seq < ${before} order by seq desc limit ${limit}`).length
  return {
    read: async (room, place) => {
      if ("before" in place) return older(room, place.before, 50)
      if (!("around" in place)) return older(room, Number.MAX_SAFE_INTEGER, 50)
      const both = await sql`
        (select view from item where room = ${room} and seq <= ${place.around} order by seq desc limit 25) union all
        (select view from item where room = ${room} and seq > ${place.around} order by seq limit 25)`
      return both.length
    },
    close: () => sql.end(),
  }
}
