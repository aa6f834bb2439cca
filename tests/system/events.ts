import type { FeedItem, RoomId, Token } from "@roomlog/schemas"
import type { Told } from "./follower.ts"

interface Wish {
  readonly token: string
  readonly room: RoomId
  readonly from: Token
  readonly lastEventId?: Token
}

/** Follows a room by server-sent events; gives what was told up to a token, and goes. */
export const follow = async (url: string, { token, room, from, lastEventId }: Wish) => {
  const gone = new AbortController()
  const input = encodeURIComponent(JSON.stringify({ room, from }))
  const resuming = lastEventId === undefined ? {} : { "last-event-id": lastEventId }
  const response = await fetch(`${url}/trpc/room.follow?input=${input}`, {
    headers: { accept: "text/event-stream", authorization: `Bearer ${token}`, ...resuming },
    signal: gone.signal,
  })
  if (!response.headers.get("content-type")?.includes("text/event-stream")) throw new Error(await response.text())
  return async (last: Token): Promise<ReadonlyArray<Told>> => {
    let text = ""
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk
      if (text.includes(`id: ${last}\n`) && text.endsWith("\n\n")) break
    }
    gone.abort()
    return text.split("\n\n").flatMap(told)
  }
}

/** What one block says, if it says something. */
const told = (block: string): ReadonlyArray<Told> => {
  const { id, data } = Object.fromEntries(block.split("\n").map((line) => line.split(/: (.*)/s).slice(0, 2)))
  return id && data ? [{ id, data: JSON.parse(data) as FeedItem }] : []
}
