/** Different request ids among the listeners, as clients that differ a little have them. */
export const ids = 8

/** What is said, 200 bytes of it. */
export const words = "x".repeat(200)

const uuid = "0199a000-0000-7000-8000-000000000000"

/** A message of tRPC's WebSocket protocol with one posted message: as long as Roomlog's own. */
export const frame = (id: number, seq: number): string => {
  const token = `0123abcd.${seq}`
  const event = {
    room: uuid,
    seq,
    at: 1_700_000_000_000,
    by: uuid,
    event: { _tag: "MessagePosted", message: uuid, text: words, images: [], replyTo: null },
    name: "Ann",
    command: uuid,
  }
  const data = { id: token, data: { _tag: "Events", events: [event] } }
  return JSON.stringify({ id, result: { type: "data", id: token, data } })
}
