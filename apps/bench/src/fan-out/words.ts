/** What is said, 200 bytes of it. */
export const words = "x".repeat(200)

/** Different request ids among the listeners, as clients that differ a little have them. */
export const ids = 8

const uuid = "0199a000-0000-7000-8000-000000000000"
const at = 1_700_000_000_000

/** A message of tRPC's WebSocket protocol with posted messages from a seq on: as long as Roomlog's own. */
export const frame = (id: number, seq: number, count: number): string => {
  const token = `0123abcd.${seq + count - 1}`
  const events = Array.from({ length: count }, (_, i) => ({
    room: uuid,
    seq: seq + i,
    at,
    by: uuid,
    event: { _tag: "MessagePosted", message: uuid, text: words, images: [], replyTo: null },
    name: "Ann",
    command: uuid,
  }))
  return JSON.stringify({
    id,
    result: { type: "data", id: token, data: { id: token, data: { _tag: "Events", events } } },
  })
}

/** The same as old clients hear it. */
export const oldMessage = (seq: number) => ({
  username: "Ann",
  message: words,
  image: null,
  content_type: "text",
  timestamp: new Date(at).toISOString(),
  seq,
})

/** What a server of this folder is told to tell everybody. */
export interface Telling {
  readonly seq: number
  readonly count: number
}
