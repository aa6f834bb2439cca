import type { Token } from "@roomlog/schemas"
import { describe, expect, test } from "vitest"
import { cable, until } from "../live.ts"
import type { Doors } from "./doors.ts"
import { follow } from "./events.ts"
import { happened, run, trpc } from "./follower.ts"
import { allHeard, sees, texts } from "./shown.ts"

/** What readers are told while it happens, over whatever happens to their connection. */
export const live = (doors: Doors) =>
  describe("live", () => {
    test("an unmodified tRPC client is told the past, then that it is live, then what happens", async () => {
      const { token } = await doors.session("Ann")
      const room = await doors.room(token)
      const before = await doors.say(room, "before", { token })
      const reader = trpc(doors, token).follow(room, at(before.token, 0))
      await reader.isLive()
      const after = await doors.say(room, "after", { token, at: doors.node(1) })
      await reader.reaches(4)
      const told = reader.items.filter(({ data }) => data._tag !== "Signal")
      expect(told.map(({ id, data }) => [id, data._tag])).toEqual([
        [before.token, "Events"],
        [before.token, "Live"],
        [after.token, "Events"],
      ])
      expect(happened(reader.items).at(-1)).toMatchObject({ seq: 4, event: { _tag: "MessagePosted", text: "after" } })
    })

    test("every token is continued by every node, with no gap and no repeat", async () => {
      const { token } = await doors.session("Ann")
      const room = await doors.room(token)
      const receipts = []
      for (const n of run(10)) receipts.push(await doors.say(room, `${n}`, { token, at: doors.node(n) }))
      const last = receipts.at(-1)!
      const readers = run(last.seq, 0).flatMap((seq) =>
        doors.nodes.map((url) => ({ seq, reader: trpc(doors, token, url).follow(room, at(last.token, seq)) })),
      )
      await Promise.all(readers.map(({ reader }) => reader.isLive()))
      const end = await doors.say(room, "and on", { token, at: doors.node(2) })
      for (const { seq, reader } of readers) {
        await reader.reaches(end.seq)
        expect(reader.seqs).toEqual(run(end.seq, seq + 1))
      }
    })

    test("a token that no node ever gave is told to start afresh", async () => {
      const { token } = await doors.session("Ann")
      const room = await doors.room(token)
      const { token: now, seq } = await doors.say(room, "hello", { token })
      for (const [from, reason] of [
        [at(now, seq + 1), "ahead"],
        ["00000000.1" as Token, "rewound"],
      ] as const)
        for (const url of doors.nodes) {
          const { api } = trpc(doors, token, url)
          const told = await new Promise((resolve) =>
            api.room.follow.subscribe({ room, from }, { onData: ({ data }) => resolve(data) }),
          )
          expect(told).toEqual({ _tag: "Reset", reason })
        }
    })

    test("subscriptions on one socket do not hear one another's rooms", async () => {
      const { token } = await doors.session("Ann")
      const rooms = await Promise.all(run(3).map(() => doors.room(token)))
      const { follow } = trpc(doors, token)
      const readers = rooms.map((room) => follow(room))
      await Promise.all(readers.map((reader) => reader.isLive()))
      for (const n of run(20))
        await Promise.all(rooms.map((room) => doors.say(room, `${n}`, { token, at: doors.node(n) })))
      for (const [i, reader] of readers.entries()) {
        await reader.reaches(22)
        expect(reader.seqs).toEqual(run(22, 3))
        expect(new Set(happened(reader.items).map(({ room }) => room))).toEqual(new Set([rooms[i]]))
      }
    })

    test("a lost connection is resumed from the last thing heard, however often it is lost", async () => {
      const { token } = await doors.session("Ann")
      const room = await doors.room(token)
      const lines = run(8).map(() => trpc(doors, token))
      const readers = lines.map(({ follow }) => follow(room))
      await Promise.all(readers.map((reader) => reader.isLive()))
      for (const n of run(200)) {
        await doors.say(room, `${n}`, { token, at: doors.node(n) })
        if (n % 5 === 0) lines[(n / 5) % 8]!.cut()
      }
      for (const reader of readers) {
        await reader.reaches(202)
        expect(reader.seqs).toEqual(run(202, 3))
        expect(reader.errors).toEqual([])
      }
    })

    test("a client with many rooms gets all of them back at once", async () => {
      const { token } = await doors.session("Ann")
      const rooms = await Promise.all(run(30).map(() => doors.room(token)))
      const { follow, cut } = trpc(doors, token)
      const readers = rooms.map((room) => follow(room))
      await Promise.all(readers.map((reader) => reader.isLive()))
      cut()
      await Promise.all(rooms.map((room, n) => doors.say(room, "still there?", { token, at: doors.node(n) })))
      for (const reader of readers) {
        await reader.reaches(3)
        expect(reader.seqs).toEqual([3])
      }
    })

    test("server-sent events tell the same story", async () => {
      const { token } = await doors.session("Ann")
      const room = await doors.room(token)
      for (const n of run(5)) await doors.say(room, `${n}`, { token })
      const now = await doors.say(room, "now", { token })
      const overSocket = trpc(doors, token).follow(room, at(now.token, 2))
      await overSocket.isLive()
      const overHttp = await follow(doors.node(1), { token, room, from: at(now.token, 2) })
      for (const n of run(5)) await doors.say(room, `and ${n}`, { token })
      await overSocket.reaches(13)
      const told = await overHttp(at(now.token, 13))
      expect(happened(told)).toEqual(happened(overSocket.items))
      const resumed = await follow(doors.node(2), { token, room, from: now.token, lastEventId: at(now.token, 11) })
      expect(happened(await resumed(at(now.token, 13))).map(({ seq }) => seq)).toEqual([12, 13])
    })

    test("cut off again and again, everything arrives once and in order", async () => {
      const bob = await doors.signedIn("Bob 5")
      const { room } = await bob.rooms.enter("storm")
      const wire = cable()
      const ada = await doors.signedIn("Ada 5", { WebSocket: wire.WebSocket, retryDelay: () => 5 })
      await ada.rooms.enter("storm")
      const [hers, his] = [ada.open(room), bob.open(room)]
      await Promise.all([hers.ready, his.ready])
      const sent: Promise<number>[] = []
      for (const n of run(40)) {
        sent.push(hers.post({ text: `hers ${n}` }), his.post({ text: `his ${n}` }))
        if (n % 8 !== 0) continue
        wire.pull()
        await until(ada.connection, ({ _tag }) => _tag === "waiting")
        wire.plug()
        await until(ada.connection, ({ _tag }) => _tag === "online")
      }
      const [hersNow, hisNow] = await allHeard([hers, his], Math.max(...(await Promise.all(sent))))
      expect(texts(hersNow!)).toEqual(texts(hisNow!))
      for (const who of ["hers", "his"])
        expect(texts(hersNow!).filter((text) => text.startsWith(`${who} `))).toEqual(run(40).map((n) => `${who} ${n}`))
      expect(hersNow!.pending).toEqual([])
    })

    test("what was written without a connection is sent after a reload", async () => {
      const kept = new Map<string, string>()
      const store = {
        getItem: (key: string) => kept.get(key) ?? null,
        setItem: (key: string, value: string) => void kept.set(key, value),
        removeItem: (key: string) => void kept.delete(key),
      }
      const wire = cable()
      const before = doors.client({ WebSocket: wire.WebSocket, store })
      const { token } = await before.signIn("Ada 6")
      const { room } = await before.rooms.enter("tunnel")
      const inside = before.open(room)
      await inside.ready
      wire.pull()
      await until(before.connection, ({ _tag }) => _tag === "waiting")
      for (const text of ["one", "two"]) inside.post({ text }).catch(() => {})
      expect(inside.state.get().pending).toMatchObject([{ text: "one" }, { text: "two" }])
      before.close()

      const after = doors.client({ store, token })
      await after.resume()
      const outside = after.open(room)
      await sees(outside, "two")
      expect(texts(outside.state.get())).toEqual(["one", "two"])
      await until(outside.state, ({ pending }) => pending.length === 0)
      expect([...kept]).toEqual([])
    })
  })

/** The token of another place in the same life of the log. */
const at = (token: Token, seq: number): Token => `${token.split(".")[0]}.${seq}` as Token
