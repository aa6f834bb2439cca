import type { MessageId, Profile, RoomId, UserId } from "@roomlog/schemas"
import fc from "fast-check"
import { expect, test } from "vitest"
import { makeClient } from "./client.ts"
import type { OpenRoom, Roomlog, RoomState } from "./contract.ts"
import { newCommandId, newMessageId } from "./ids.ts"
import { seeded, virtualClock } from "./model/clock.ts"
import { modelRoom } from "./model/room.ts"
import { type Moment, modelServer, type Weather } from "./model/server.ts"

const seed = Number(process.env["SEED"] ?? Date.now() % 2 ** 31)
const runs = process.env["LONG"] === "1" ? 10_000 : 1_000

const ada: Profile = { id: "00000000-0000-7000-8000-00000000000a" as UserId, name: "Ada" }
const bob: Profile = { id: "00000000-0000-7000-8000-00000000000b" as UserId, name: "Bob" }
const roomId = "00000000-0000-7000-8000-000000000001" as RoomId

/** What may happen next; `pick` chooses among what is there. */
type Step = { readonly wait: number; readonly pick: number; readonly what: (typeof whats)[number] }
const whats = [
  ...["I write", "I write", "I write", "I write much", "I am refused", "I react", "I edit", "I discard"],
  ...["Bob writes", "Bob writes", "Bob writes much", "Bob edits", "Bob removes", "Bob reacts"],
  ...[
    "older",
    "newer",
    "jump",
    "jump to newest",
    ...["read while Bob is busy", "read while Bob is busy", "read while Bob is busy"],
  ],
  ...["cut", "cut", "cut", "cut again", "cut long", "node falls behind", "node falls behind", "reload"],
] as const

const steps = fc.array(
  fc.record({
    wait: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 300 })),
    pick: fc.nat(),
    what: fc.constantFrom(...whats),
  }),
  { minLength: 5, maxLength: 40 },
)
const weathers = fc.record({
  drops: fc.constantFrom(0, 0.1, 0.4),
  repeats: fc.constantFrom(0, 0.5),
  ends: fc.constantFrom(0, 0.3),
  skips: fc.constantFrom(0, 0.3),
  lag: fc.constantFrom(1, 60, 3_000),
  delay: fc.constantFrom(1, 30, 200),
})

test(`whatever network and nodes do, what I see is what is so (seed ${seed})`, { timeout: 3_600_000 }, async () => {
  const broken = new Set<Moment>()
  const schedule = fc.asyncProperty(steps, weathers, fc.nat(), (...story) => live(...story, broken))
  await fc.assert(schedule, { numRuns: runs, seed })
  expect([...broken].toSorted(), "connections were cut at every moment").toEqual(moments)
})
const moments: ReadonlyArray<Moment> = ["apart", "asking", "joining", "live", "sending"]

/** Lives through a schedule, then lets the weather clear up and compares. */
const live = async (
  schedule: ReadonlyArray<Step>,
  weather: Weather,
  chance: number,
  broken: Set<Moment>,
): Promise<void> => {
  const clock = virtualClock(chance)
  const random = seeded(chance + 1)
  const truth = modelRoom(roomId, clock.now)
  for (let n = 0; n < 5 + (chance % 200); n++) bobWrites(`old ${n}`)
  const server = modelServer(truth, ada, clock, { ...weather })
  const store = new Map<string, string>()
  const written: { readonly text: string; readonly message: MessageId }[] = []
  const refused = new Set<MessageId>()
  let problem: unknown
  let client!: Roomlog
  let room!: OpenRoom

  function bobWrites(text: string): void {
    truth.tell(
      bob,
      command({ _tag: "PostMessage", message: newMessageId(), text, images: [], replyTo: null }),
      newCommandId(),
    )
  }

  const start = (): void => {
    client = makeClient({
      server,
      origin: "model",
      clock,
      upload: () => {
        throw new Error("no images here")
      },
      store: {
        getItem: (key) => store.get(key) ?? null,
        setItem: (key, value) => void store.set(key, value),
        removeItem: (key) => void store.delete(key),
      },
    })
    const made = client
    const resume = (): Promise<unknown> => made.resume().catch(() => made === client && resume())
    void resume()
    room = client.open(roomId)
    room.ready.catch(() => {})
    room.state.watch((state) => attempt(() => isTrue(state)))
  }
  const keep = (cause: unknown): void => {
    problem ??= cause
  }
  const attempt = (check: () => void): void => {
    try {
      check()
    } catch (cause) {
      keep(cause)
    }
  }

  /** What must hold in every single state: no hole, nothing twice, nothing of mine nowhere. */
  const isTrue = ({ phase, items, pending, upTo, hasNewer }: RoomState): void => {
    if (phase !== "ready") return
    const first = items[0]?.seq ?? 0
    const there = truth.lines().filter(({ seq }) => seq >= first && seq <= upTo)
    expect(items.map(({ seq }) => seq)).toEqual(there.map(({ seq }) => seq))
    const shown = new Set(items.map((item) => (item._tag === "Message" ? item.id : "")))
    const waiting = new Set(pending.map(({ message }) => message))
    for (const { message } of written) {
      expect(shown.has(message) && waiting.has(message), "shown as sent and as waiting").toBe(false)
      const seq = truth.log.find(({ event }) => event._tag === "MessagePosted" && event.message === message)?.seq
      const isElsewhere = seq !== undefined && (seq < first || (seq > upTo && hasNewer))
      expect(shown.has(message) || waiting.has(message) || isElsewhere, "shown nowhere").toBe(true)
    }
  }

  const write = (text: string): void => {
    const before = new Set(room.state.get().pending.map(({ message }) => message))
    if (room.state.get().phase === "loading" && before.size === 0 && client.me.get() === null) return
    const sent = room.post({ text })
    const mine = room.state.get().pending.find(({ message }) => !before.has(message))
    if (mine === undefined) return void sent.catch(() => {})
    written.push({ text, message: mine.message })
    if (text === "refused") refused.add(mine.message)
    sent.then(
      (seq) => attempt(() => expect(truth.log[seq - 1]?.event).toMatchObject({ message: mine.message })),
      () => {},
    )
  }

  const messages = (by?: Profile) =>
    room.state.get().items.filter((item) => item._tag === "Message" && (by === undefined || item.by === by.id))
  const one = <T>(list: ReadonlyArray<T>, pick: number): T | undefined => list[pick % Math.max(1, list.length)]
  const bobDoes = (words: object, pick: number, among = truth.lines()): void => {
    const target = one(among, pick)
    if (target?._tag !== "Message" || target.removed) return
    try {
      truth.tell(bob, command({ message: target.id, ...words }), newCommandId())
    } catch {}
  }

  /** Bob changes just what is being read, so that pages and events overtake each other. */
  const bobIsBusy = (pick: number, near: number): void => {
    const words = one([{ _tag: "EditMessage", text: `busy ${pick}` }, { _tag: "RemoveMessage" }, {}], pick) ?? {}
    const middle = truth.lines().findIndex(({ seq }) => seq >= near)
    if ("_tag" in words) bobDoes(words, pick * 7919, truth.lines().slice(Math.max(0, middle - 40), middle + 40))
    else bobWrites(`busy ${pick}`)
  }

  const cut = (ms: number): void => {
    for (const moment of server.cut(Math.floor(ms))) broken.add(moment)
  }

  const happen = ({ what, pick }: Step): void => {
    const target = one(messages(), pick)
    const own = one(messages(ada), pick)
    switch (what) {
      case "I write":
        return write(`mine ${written.length}`)
      case "I write much":
        for (let n = 0; n < 5; n++) write(`mine ${written.length}`)
        return
      case "I am refused":
        return write("refused")
      case "I react":
        if (target?._tag === "Message") room.toggleReaction(target.id, "👍").catch(() => {})
        return
      case "I edit":
        if (own?._tag === "Message") room.edit(own.id, `edited ${pick}`).catch(() => {})
        return
      case "I discard": {
        const failed = room.state.get().pending.find(({ state }) => state === "failed")
        const index = written.findIndex(({ message }) => message === failed?.message)
        if (failed === undefined || index < 0) return
        written.splice(index, 1)
        room.discard(failed.message)
        return
      }
      case "Bob writes":
        return bobWrites(`bob ${pick}`)
      case "Bob writes much":
        for (let n = 0; n < 150; n++) bobWrites(`bob ${pick} ${n}`)
        return
      case "Bob edits":
        return bobDoes({ _tag: "EditMessage", text: `edited ${pick}` }, pick)
      case "Bob removes":
        return bobDoes({ _tag: "RemoveMessage" }, pick)
      case "Bob reacts":
        return bobDoes({ _tag: "React", emoji: "👀" }, pick)
      case "older":
        return void room.loadOlder().catch(() => {})
      case "newer":
        return void room.loadNewer().catch(() => {})
      case "jump":
        return void room.jumpTo(1 + (pick % truth.log.length)).catch(() => {})
      case "jump to newest":
        return void room.jumpTo("newest").catch(() => {})
      case "read while Bob is busy": {
        const { items, upTo } = room.state.get()
        const to = 1 + (pick % truth.log.length)
        const [read, near] = one(
          [
            [room.loadOlder, items[0]?.seq ?? 0] as const,
            [room.loadNewer, upTo] as const,
            [() => room.jumpTo(to), to] as const,
          ],
          pick,
        )!
        for (let n = 0; n < 12; n++) clock.after(random() * 4 * weather.delay, () => bobIsBusy(pick + n, near))
        return void read().catch(() => {})
      }
      case "cut":
        return cut(random() * 500)
      case "cut again":
        for (let n = 0; n < 4; n++) clock.after(random() * 8 * weather.delay, () => cut(random() * 2 * weather.delay))
        return
      case "cut long":
        return cut(random() * 40_000)
      case "node falls behind":
        return server.fallBehind(Math.floor(random() * 5_000))
      case "reload":
        client.close()
        return start()
    }
  }

  start()
  for (const step of schedule) {
    await clock.run(step.wait)
    happen(step)
    if (problem !== undefined) throw problem
  }

  /** Contents, where one is: a page and the events that overtook it are both in what is shown. */
  const compareHere = (): void => {
    const { items, upTo } = room.state.get()
    const there = truth.lines().filter(({ seq }) => seq >= (items[0]?.seq ?? 0) && seq <= upTo)
    expect(items, "what is shown where one is").toEqual(there)
  }

  Object.assign(server.weather, { drops: 0, repeats: 0, ends: 0, skips: 0, lag: 1 })
  const isCalm = (): boolean => {
    const { phase, pending } = room.state.get()
    const isOnline = server.connection.get()._tag === "online"
    return isOnline && phase === "ready" && pending.every(({ state }) => state === "failed")
  }
  expect(await clock.run(300_000, isCalm), "sent in the end").toBe(true)
  await clock.run(60_000)
  compareHere()
  for (const n of [0, 1, 2]) {
    happen({ what: "read while Bob is busy", pick: chance + n, wait: 0 })
    await clock.run(10 * weather.delay + 1_000)
  }
  compareHere()
  const jumped = room.jumpTo("newest")
  await clock.run(60_000)
  await jumped
  if (problem !== undefined) throw problem

  const { items, mine, pending, hasOlder, hasNewer } = room.state.get()
  const lines = truth.lines()
  expect(items).toEqual(lines.slice(-items.length))
  expect({ hasOlder, hasNewer }).toEqual({ hasOlder: items.length < lines.length, hasNewer: false })
  expect([...mine].flatMap(([id, emojis]) => [...emojis].map((emoji) => `${id} ${emoji}`)).toSorted()).toEqual(
    truth
      .reactionsOf(ada.id)
      .filter(({ message }) => items.some((item) => item._tag === "Message" && item.id === message))
      .map(({ message, emoji }) => `${message} ${emoji}`)
      .toSorted(),
  )
  const arrived = truth.log.flatMap(({ by, event }) =>
    by === ada.id && event._tag === "MessagePosted" ? [event.message] : [],
  )
  expect(arrived).toEqual(written.map(({ message }) => message).filter((message) => !refused.has(message)))
  expect(pending.every(({ message }) => refused.has(message))).toBe(true)
  client.close()
}

const command = (words: object) => ({ room: roomId, ...words }) as Parameters<ReturnType<typeof modelRoom>["tell"]>[1]
