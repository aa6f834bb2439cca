import { type Actor, type Backend, type End, type Frame, Rejected, type Sink } from "@roomlog/backend"
import { type DeliveredEvent, type FeedItem, RoomId, Token, UserId } from "@roomlog/schemas"
import { afterEach, expect, test, vi } from "vitest"
import type { Mark } from "./mark.ts"
import type { Packet } from "./packets.ts"
import { Stay } from "./stay.ts"

const room = RoomId.make("00000000-0000-7000-8000-000000000001")
const me: Actor = { id: UserId.make("00000000-0000-7000-8000-000000000002"), name: "Ann", session: null }
const other = UserId.make("00000000-0000-7000-8000-000000000003")

afterEach(() => void vi.useRealTimers())

/** A feed that says what the test lets it say. */
const stage = (since?: Mark) => {
  const follows: (string | undefined)[] = []
  const sent: string[] = []
  let stopped = 0
  let hungUp = 0
  const lost: RoomId[] = []
  let sink: Sink | undefined
  const feed = {
    follow: (_room: RoomId, _actor: Actor, token: string | undefined, next: Sink) => {
      follows.push(token)
      sink = next
      return () => {
        stopped += 1
      }
    },
  }
  const token = (seq: number) => Token.make(`0123abcd.${seq}`)
  const backend = { feed: { ...feed, token }, now: () => 0 } as unknown as Pick<Backend, "feed" | "now">
  const outbox = {
    send: ({ text }: Packet) => {
      const { message, image } = JSON.parse(text.slice(1))[1]
      sent.push(image?.replace("/media/chat_images/", "") ?? message)
    },
    buffered: () => 0,
    hangUp: () => {
      hungUp += 1
    },
  }
  const place = { room, actor: me, since, lost: () => lost.push(room) }
  const stay = new Stay(place, outbox, backend)
  return {
    stay,
    follows,
    sent,
    stopped: () => stopped,
    hungUp: () => hungUp,
    lost,
    says: (item: FeedItem, token = "0123abcd.5") => sink!.deliver({ token, item } as unknown as Frame),
    ends: (why: End) => sink!.end(why),
  }
}

const live: FeedItem = { _tag: "Live", here: [] }
const came = (user: UserId, name: string): FeedItem => ({ _tag: "Signal", signal: { _tag: "CameOnline", user, name } })

/** A message with a text and two images. */
const illustrated = (seq: number) =>
  ({
    ...{ room, seq, at: 0, by: other, name: "Ben", command: "" },
    event: {
      _tag: "MessagePosted",
      text: `${seq}`,
      images: ["a", "b"].map((name) => ({ key: `${seq} ${name}.png` })),
    },
  }) as unknown as DeliveredEvent

test("who comes hears of itself once, whether or not it is the first of its person, and of others", async () => {
  const { stay, says, sent } = stage()
  says(live)
  says(came(me.id, "Ann"))
  says(came(other, "Ben"))
  says(live)
  await stay.begun
  expect(sent).toEqual(["Ann has joined the room", "Ben has joined the room"])
})

test("a token that cannot be continued is said in words, and following goes on from now", async () => {
  const { stay, says, ends, follows, sent, stopped } = stage({ seq: 9, lines: 0 })
  says({ _tag: "Reset", reason: "ahead" })
  ends({ _tag: "reset" })
  expect(follows).toEqual(["0123abcd.9", undefined])
  expect(stopped()).toBe(1)
  says(live)
  await stay.begun
  expect(sent).toEqual([expect.stringMatching(/^Not everything/), "Ann has joined the room"])
})

test("who was cut off between the lines of a message is told the rest of it, and all of the next", () => {
  const { says, sent, follows } = stage({ seq: 4, lines: 2 })
  expect(follows).toEqual(["0123abcd.4"])
  says({ _tag: "Events", events: [illustrated(5), illustrated(6)] })
  says({ _tag: "Events", events: [illustrated(7)] })
  expect(sent).toEqual(["5 b.png", "6", "6 a.png", "6 b.png", "7", "7 a.png", "7 b.png"])
})

test("a feed that failed is asked again from the last token, and the client notices nothing", async () => {
  vi.useFakeTimers()
  const { says, ends, follows, sent, hungUp } = stage()
  says(live, "0123abcd.7")
  ends({ _tag: "failed", cause: new Error("names") })
  expect(follows).toEqual([undefined])
  vi.advanceTimersByTime(1_000)
  expect(follows).toEqual([undefined, "0123abcd.7"])
  ends({ _tag: "failed", cause: new Error("still") })
  vi.advanceTimersByTime(1_000)
  says(live, "0123abcd.7")
  expect(follows).toHaveLength(3)
  expect(sent).toEqual(["Ann has joined the room"])
  expect(hungUp()).toBe(0)
})

test("who left meanwhile does not come back", () => {
  vi.useFakeTimers()
  const { stay, says, ends, follows, stopped } = stage()
  says(live)
  ends({ _tag: "failed", cause: new Error("names") })
  stay.stop()
  vi.advanceTimersByTime(10_000)
  expect(follows).toHaveLength(1)
  expect(stopped()).toBe(1)
})

test("a feed that fails or refuses before it is live is why the client is not in the room", async () => {
  const failing = stage()
  failing.ends({ _tag: "failed", cause: new Error("no database") })
  await expect(failing.stay.begun).rejects.toThrow("no database")
  const refusing = stage()
  refusing.ends({ _tag: "refused", rejection: { _tag: "RoomNotFound", room } })
  await expect(refusing.stay.begun).rejects.toBeInstanceOf(Rejected)
  expect([...failing.sent, ...refusing.sent]).toEqual([])
})

test("who may not read any more is told so in words", () => {
  const { says, ends, sent, lost } = stage()
  says(live)
  ends({ _tag: "refused", rejection: { _tag: "RoomNotFound", room } })
  expect(sent.at(-1)).toMatch(/may not read/)
  expect(lost).toEqual([room])
})

test.each<End>([{ _tag: "slow" }, { _tag: "closing" }])(
  "on $_tag the connection ends, so that the client comes back",
  (why) => {
    const { says, ends, hungUp } = stage()
    says(live)
    ends(why)
    expect(hungUp()).toBe(1)
  },
)
