import type { CommandId, CommandOf, Receipt, RoomId, Seq } from "@roomlog/schemas"
import { expect, test } from "vitest"
import { cell } from "../cell.ts"
import { Rejected, type Store } from "../contract.ts"
import { virtualClock } from "../model/clock.ts"
import { Lost } from "../server.ts"
import { openOutbox } from "./outbox.ts"

const room = "00000000-0000-7000-8000-000000000001" as RoomId

test("messages go out one after the other, in the order written", async () => {
  const { outbox, clock, tries } = around(async (text) => {
    if (text === "one") await new Promise<void>((resolve) => clock.after(1_000, resolve))
  })
  for (const text of ["one", "two", "three"]) outbox.post(room, { text }).catch(() => {})
  await clock.run(500)
  expect(tries.map(({ text }) => text)).toEqual(["one"])
  expect(states(outbox)).toEqual(["sending", "waiting", "waiting"])
  await clock.run(1_000)
  expect(tries.map(({ text }) => text)).toEqual(["one", "two", "three"])
})

test("a lost answer is asked for again with the same ids", async () => {
  const { outbox, clock, tries } = around(async (_, n) => {
    if (n < 3) throw new Lost("gone")
  })
  const sent = outbox.post(room, { text: "hi" })
  await clock.run(60_000)
  expect(await sent).toBe(4)
  expect(tries).toHaveLength(4)
  expect(new Set(tries.map(({ id, message }) => `${id} ${message}`)).size).toBe(1)
})

test("a server that never answers is asked again", async () => {
  const { outbox, clock, tries } = around((_, n) => (n === 0 ? new Promise<void>(() => {}) : undefined))
  const sent = outbox.post(room, { text: "hi" })
  await clock.run(60_000)
  expect(await sent).toBe(2)
  expect(tries).toHaveLength(2)
})

test("a refused message fails in words, lets the next one pass, and is sent again when told so", async () => {
  let isRefusing = true
  const { outbox, clock, tries } = around((text) => {
    if (text === "bad" && isRefusing) throw new Rejected({ _tag: "NotAMember", room }, "Join first.")
  })
  const bad = expect(outbox.post(room, { text: "bad" })).rejects.toThrow("Join first.")
  await outbox.post(room, { text: "good" })
  await bad
  const [failed] = outbox.of(room).get()
  expect(failed?.pending).toMatchObject({ state: "failed", problem: "Join first." })
  isRefusing = false
  outbox.retry(room, failed!.pending.message)
  await clock.run(1_000)
  expect(tries.map(({ text }) => text)).toEqual(["bad", "good", "bad"])
  expect(tries[2]).toEqual(tries[0])
})

test("too many at once means to wait as long as the server says, and is no failure", async () => {
  const { outbox, clock, tries } = around((_, n) => {
    if (n === 0) throw new Rejected({ _tag: "RateLimited", retryAfter: 7_000 }, "Too many.")
  })
  const sent = outbox.post(room, { text: "hi" })
  await clock.run(6_900)
  expect(tries).toHaveLength(1)
  expect(states(outbox)).toEqual(["waiting"])
  await clock.run(200)
  expect(await sent).toBe(2)
})

test("without a connection nothing is tried; with one, everything", async () => {
  const { outbox, online, tries, clock } = around()
  online.set(false)
  for (const text of ["one", "two"]) outbox.post(room, { text }).catch(() => {})
  await clock.run(60_000)
  expect(tries).toEqual([])
  online.set(true)
  await clock.run(1_000)
  expect(tries.map(({ text }) => text)).toEqual(["one", "two"])
})

test("what is unsent survives a reload with its ids, and failed ones stay failed", async () => {
  const before = around((text) => {
    if (text === "bad") throw new Rejected({ _tag: "NotAMember", room }, "Join first.")
    throw new Lost("gone")
  })
  for (const text of ["bad", "good"]) before.outbox.post(room, { text }).catch(() => {})
  await before.clock.run(1_000)
  before.outbox.stop()
  const after = around(() => {}, before.store)
  await after.clock.run(1_000)
  expect(after.tries).toHaveLength(1)
  expect(after.tries[0]).toEqual(before.tries[1])
  expect(states(after.outbox)).toEqual(["failed", "sending"])
  expect(
    around(() => {}, before.store)
      .outbox.of(room)
      .get(),
  ).toHaveLength(1)
})

test("two windows of one person do not forget each other's messages", async () => {
  const first = around()
  const second = around(() => {}, first.store)
  first.online.set(false)
  second.online.set(false)
  first.outbox.post(room, { text: "first" }).catch(() => {})
  second.outbox.post(room, { text: "second" }).catch(() => {})
  const third = around(() => {}, first.store)
  await third.clock.run(1_000)
  expect(third.tries.map(({ text }) => text)).toEqual(["first", "second"])
})

test("the message itself is as good as the answer", async () => {
  const { outbox, clock } = around(() => new Promise<void>(() => {}))
  const sent = outbox.post(room, { text: "hi" })
  await clock.run(10)
  outbox.arrived(room, outbox.of(room).get()[0]!.pending.message, 42)
  expect(await sent).toBe(42)
})

test("a discarded message is given back and never sent", async () => {
  const { outbox, online, tries, clock } = around()
  online.set(false)
  const sent = expect(outbox.post(room, { text: "no" })).rejects.toThrow("discarded")
  const message = outbox.of(room).get()[0]!.pending.message
  expect(outbox.discard(room, message)).toMatchObject({ text: "no" })
  await sent
  online.set(true)
  await clock.run(1_000)
  expect(tries).toEqual([])
  expect(outbox.discard(room, message)).toBeUndefined()
})

test("a store with rubbish in it is an empty outbox", () => {
  for (const rubbish of ["", "{", "null", "[1, {}]", '[{"room":"r","command":"c","pending":{}}]'])
    expect(
      around(() => {}, storeWith(rubbish))
        .outbox.of(room)
        .get(),
    ).toEqual([])
})

interface Try {
  readonly text: string
  readonly id: CommandId
  readonly message: string
}

/** An outbox before a server that answers with growing seqs, unless `answer` waits or throws. */
const around = (
  answer: (text: string, n: number) => void | Promise<void> = () => {},
  store: Store = storeWith(null),
) => {
  const clock = virtualClock(1)
  const online = cell(true)
  const tries: Try[] = []
  const send = async (command: CommandOf<"PostMessage">, id: CommandId): Promise<Receipt> => {
    const n = tries.length
    tries.push({ text: command.text, id, message: command.message })
    await answer(command.text, n)
    return { room, seq: (n + 1) as Seq, at: 0, token: "0000abcd.1" as Receipt["token"] }
  }
  const outbox = openOutbox({ clock, retryDelay: () => 100, store, key: "outbox", online, send })
  return { outbox, clock, online, tries, store }
}

const storeWith = (text: string | null): Store => {
  let kept = text
  return {
    getItem: () => kept,
    setItem: (_, value) => {
      kept = value
    },
    removeItem: () => {
      kept = null
    },
  }
}

const states = (outbox: ReturnType<typeof openOutbox>): ReadonlyArray<string> =>
  outbox
    .of(room)
    .get()
    .map(({ pending }) => pending.state)
