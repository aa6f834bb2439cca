import { randomUUID } from "node:crypto"
import type { OpenRoom, Roomlog } from "@roomlog/client"
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { until } from "../live.ts"
import { type Doors, post } from "./doors.ts"
import { allHeard, lines, sees, texts } from "./shown.ts"

const seed = Number(process.env["SEED"] ?? Date.now() % 2 ** 31)

/** What is said, once and in one order, whoever says it where. */
export const messages = (doors: Doors) =>
  describe("messages", () => {
    test("two people write, edit, react and read in one room", async () => {
      const ada = await doors.signedIn("Ada 1", { url: doors.node(0) })
      const bob = await doors.signedIn("Bob 1", { url: doors.node(1) })
      const room = await ada.rooms.create({ name: "tea 1" })
      expect((await bob.rooms.enter(" TEA 1 ")).role).toBe("member")
      const [hers, his] = [ada.open(room), bob.open(room)]
      await Promise.all([hers.ready, his.ready])

      const seq = await hers.post({ text: "hello" })
      const hello = await sees(his, "hello")
      expect(hello.seq).toBe(seq)
      await his.toggleReaction(hello.id, "👍")
      await hers.edit(hello.id, "hello all")
      await his.post({ text: "hello Ada", replyTo: hello.id })
      await Promise.all([sees(hers, "hello Ada"), sees(his, "hello all")])
      await until(his.state, ({ quotes }) => quotes.get(hello.id)?.text === "hello all")
      expect((await sees(hers, "hello all")).reactions).toEqual([{ emoji: "👍", count: 1 }])
      expect([...(his.state.get().mine.get(hello.id) ?? [])]).toEqual(["👍"])
      await his.toggleReaction(hello.id, "👍")
      await until(hers.state, ({ items }) => items.every((item) => item._tag === "Notice" || !item.reactions.length))
      expect([...hers.state.get().names.values()].toSorted()).toEqual(["Ada 1", "Bob 1"])
      await expect(his.edit(hello.id, "mine now")).rejects.toMatchObject({ rejection: { _tag: "NotTheAuthor" } })
      await hers.edit(hello.id, "hello all")
    })

    test("what is removed is gone from every screen and every node, and comes back when it is restored", async () => {
      const ada = await doors.signedIn("Ada 3", { url: doors.node(0) })
      const { room } = await ada.rooms.enter("regret")
      const readers = await Promise.all(
        doors.nodes.map((url, n) => openAt(doors, { url, name: `Reader 3${n}`, room: "regret" })),
      )
      const hers = ada.open(room)
      await hers.post({ text: "what I should not have said" })
      const { id } = await sees(hers, "what I should not have said")
      await Promise.all(readers.map(({ open }) => sees(open, "what I should not have said")))
      await hers.remove(id)
      for (const { open, client } of readers) {
        await until(open.state, (state) => !texts(state).includes("what I should not have said"))
        expect(JSON.stringify(await client.history({ room }))).not.toContain("what I should not have said")
      }
      await hers.restore(id)
      for (const { open } of readers) expect(await sees(open, "what I should not have said")).toMatchObject({ id })
    })

    test("a command that is sent many times at once is carried out once, wherever it arrives", async () => {
      const { token } = await doors.session("Ann")
      const room = await doors.room(token)
      const words = post(room, { text: "once" })
      const door = (n: number) => (n % 2 ? doors.url : doors.node(n / 2))
      const answers = await Promise.all(
        Array.from({ length: 60 }, (_, n) => doors.call("message.post", words, { token, at: door(n) })),
      )
      expect(new Set(answers.map(({ result }) => JSON.stringify(result?.data)))).toEqual(
        new Set([JSON.stringify(answers[0]?.result?.data)]),
      )
      expect(answers[0]?.result?.data).toMatchObject({ room, seq: 3 })
      for (const at of doors.nodes) {
        const { result } = await doors.ask("message.history", { room }, { token, at })
        expect(JSON.stringify(result?.data).split("once")).toHaveLength(2)
      }
    })

    test("one id that means two things at once means one of them, and the other is told so", async () => {
      const { token } = await doors.session("Ann")
      const room = await doors.room(token)
      const commandId = randomUUID()
      const wishes = ["this", "that"].map((text) => post(room, { text, commandId }))
      const answers = await Promise.all(
        Array.from({ length: 24 }, (_, n) => doors.call("message.post", wishes[n % 2]!, { token, at: doors.node(n) })),
      )
      const [done, refused] = [answers.filter(({ result }) => result), answers.filter(({ error }) => error)]
      expect([done.length, refused.length]).toEqual([12, 12])
      for (const { error } of refused)
        expect(error?.data.rejection).toEqual({ _tag: "CommandReused", command: commandId })
    })

    test(`everybody at once, and all see the same, live and in the history of every node (seed ${seed})`, async () => {
      const room = (await (await doors.signedIn("Host 5")).rooms.enter("crowd")).room
      const people = await Promise.all(
        [0, 1, 2, 3, 4, 5].map((n) =>
          openAt(doors, { url: n % 2 ? doors.url : doors.node(n / 2), name: `Guest 5${n}`, room: "crowd" }),
        ),
      )
      await Promise.all(people.map(({ open }) => open.ready))
      for (const wishes of storm(people.length)) await Promise.allSettled(wishes.map((wish) => carryOut(wish, people)))
      const last = await people[0]!.open.post({ text: "that is all" })
      const views = await allHeard(
        people.map(({ open }) => open),
        last,
      )
      const pages = await Promise.all(
        doors.nodes.map(async (url) => {
          const reader = await doors.signedIn(`Historian ${randomUUID().slice(0, 6)}`, { url })
          return reader.history({ room, limit: 100 })
        }),
      )
      for (const { items, upTo } of pages)
        expect({ items, upTo }).toEqual({ items: pages[0]!.items, upTo: pages[0]!.upTo })
      const stored = pages[0]!.items
      for (const { items } of views) expect(items.slice(-stored.length)).toEqual(stored.slice(-items.length))
    })

    test("a long history is read page by page in both directions", async () => {
      const ada = await doors.signedIn("Ada 8")
      const { room } = await ada.rooms.enter("long")
      const writer = ada.open(room)
      await Promise.all(Array.from({ length: 150 }, (_, n) => writer.post({ text: `${n}` })))
      const reader = ada.open(room)
      await reader.ready
      while (reader.state.get().hasOlder) await reader.loadOlder()
      const all = texts(reader.state.get())
      expect(all).toEqual(Array.from({ length: 150 }, (_, n) => `${n}`))

      const inside = ada.open(room, 20)
      await inside.ready
      expect(inside.state.get().hasNewer).toBe(true)
      while (inside.state.get().hasNewer) await inside.loadNewer()
      expect(lines(inside.state.get()).at(-1)).toBe("149")
      await inside.jumpTo(3)
      await inside.jumpTo("newest")
      expect(inside.state.get().upTo).toBe(writer.state.get().upTo)
    })
  })

interface Guest {
  readonly client: Roomlog
  readonly open: OpenRoom
}

const openAt = async (
  doors: Doors,
  { url, name, room }: { readonly url: string; readonly name: string; readonly room: string },
): Promise<Guest> => {
  const client = await doors.signedIn(name, { url })
  const entered = await client.rooms.enter(room)
  const open = client.open(entered.room)
  await open.ready
  return { client, open }
}

/** Ten rounds in which everybody wishes something; the same seed makes the same ones. */
const storm = (people: number): ReadonlyArray<ReadonlyArray<Wish>> => {
  const wish = (by: number) =>
    fc.record({
      by: fc.constant(by),
      what: fc.constantFrom("post", "post", "post", "reply", "edit", "remove", "react"),
      which: fc.nat(20),
    })
  const round = fc.tuple(...Array.from({ length: people }, (_, by) => wish(by)))
  return fc.sample(round, { seed, numRuns: 10 })
}

interface Wish {
  readonly by: number
  readonly what: string
  readonly which: number
}

const carryOut = async ({ by, what, which }: Wish, guests: ReadonlyArray<Guest>): Promise<unknown> => {
  const { client, open } = guests[by]!
  const said = open.state.get().items.filter((item) => item._tag === "Message")
  const chosen = said[which % Math.max(1, said.length)]
  const mine = said.filter((message) => message.by === client.me.get()?.id)
  const own = mine[which % Math.max(1, mine.length)]
  if (what === "react" && chosen) return open.toggleReaction(chosen.id, "👍")
  if (what === "edit" && own) return open.edit(own.id, `edited ${which}`)
  if (what === "remove" && own) return open.remove(own.id)
  return open.post({ text: `${by} says ${which}`, replyTo: what === "reply" && chosen ? chosen.id : null })
}
