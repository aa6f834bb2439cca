import type { FeedItem } from "@roomlog/schemas"

/** What to follow: a room, on a node, as somebody, from a resume token on. */
export interface Following {
  readonly url: string
  readonly token: string
  readonly room: string
  readonly from: string
}

export interface Ear {
  readonly item: (token: string, item: FeedItem) => void
  /** Called once, when there will be no more. */
  readonly over: (why: string) => void
}

/** Follows until it is stopped or over. */
export type Line = (following: Following, ear: Ear) => () => void

/** A subscription over a WebSocket, word for word as tRPC speaks it. */
export const overSocket: Line = ({ url, token, room, from }, ear) => {
  const socket = new WebSocket(`${url.replace("http", "ws")}/trpc?connectionParams=1`)
  const over = once(ear.over)
  socket.onopen = () => {
    socket.send(JSON.stringify({ method: "connectionParams", data: { token } }))
    const params = { path: "room.follow", input: { room, from } }
    socket.send(JSON.stringify({ id: 1, jsonrpc: "2.0", method: "subscription", params }))
  }
  socket.onmessage = ({ data }) => {
    if (data === "PING") return socket.send("PONG")
    const { result, error, method } = JSON.parse(String(data))
    if (result?.type === "data") ear.item(result.id, result.data.data)
    if (error || result?.type === "stopped" || method === "reconnect") {
      over(error ? JSON.stringify(error) : "ended")
      socket.close()
    }
  }
  socket.onclose = ({ code }) => over(`closed with ${code}`)
  socket.onerror = () => over("cannot connect")
  return () => {
    socket.close()
    over("stopped")
  }
}

/** A subscription over HTTP, as server-sent events. */
export const overEvents: Line = ({ url, token, room, from }, ear) => {
  const abort = new AbortController()
  const listen = async (): Promise<void> => {
    const input = encodeURIComponent(JSON.stringify({ room, from }))
    const headers = { accept: "text/event-stream", authorization: `Bearer ${token}` }
    const answer = await fetch(`${url}/trpc/room.follow?input=${input}`, { headers, signal: abort.signal })
    if (!answer.ok) throw new Error(await answer.text())
    let text = ""
    for await (const chunk of answer.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk
      const blocks = text.split("\n\n")
      text = blocks.pop()!
      for (const block of blocks) hear(block, ear)
    }
  }
  listen().then(
    () => ear.over("ended"),
    (cause) => ear.over(String(cause)),
  )
  return () => abort.abort()
}

const hear = (block: string, { item }: Ear): void => {
  const fields = new Map(block.split("\n").map((line) => line.split(/: ?(.*)/s, 2) as [string, string]))
  const [id, data, event] = [fields.get("id"), fields.get("data"), fields.get("event")]
  if (id !== undefined && data !== undefined && event === undefined) item(id, JSON.parse(data))
}

const once = (call: Ear["over"]): Ear["over"] => {
  let isOver = false
  return (why) => {
    if (isOver) return
    isOver = true
    call(why)
  }
}
