import { randomUUID } from "node:crypto"
import { Rejected } from "@roomlog/client"
import { describe, expect, test } from "vitest"
import { until } from "../live.ts"
import type { Doors } from "./doors.ts"
import { trpc } from "./follower.ts"
import { sees } from "./shown.ts"

/** Who is who, who is here and who writes: the same on every node. */
export const people = (doors: Doors) =>
  describe("people", () => {
    test("nobody is anybody before signing in, and somebody else after signing out", async () => {
      const client = doors.client()
      expect(await client.resume()).toBeNull()
      await expect(client.rooms.refresh()).rejects.toBeInstanceOf(Rejected)
      expect(client.connection.get()._tag).toBe("connecting")
      const session = await client.signIn("Ada 2")
      expect(client.me.get()).toEqual(session.user)
      await until(client.connection, ({ _tag }) => _tag === "online")
      await expect(doors.client().signIn("ada 2")).rejects.toMatchObject({ rejection: { _tag: "NameInUse" } })
      const room = await client.rooms.create({ name: "mine" })
      const open = client.open(room)
      await open.ready
      await client.signOut()
      expect(client.me.get()).toBeNull()
      expect(open.state.get().phase).toBe("lost")
      expect(client.rooms.list.get()).toEqual([])
      expect((await client.signIn("Grace")).user.name).toBe("Grace")
      expect((await client.rooms.find("mine"))?.role).toBeNull()
    })

    test("a name is somebody's on every node, however many want it at once", async () => {
      const name = `Zoe ${randomUUID().slice(0, 6)}`
      const answers = await Promise.all(
        Array.from({ length: 12 }, (_, n) => doors.call("identity.signIn", { name }, { at: doors.node(n) })),
      )
      expect(answers.filter(({ result }) => result)).toHaveLength(1)
      for (const { error } of answers.filter(({ error }) => error))
        expect(error?.data.rejection).toMatchObject({ _tag: "NameInUse", suggestion: expect.stringMatching(/./) })
      for (const at of doors.nodes)
        expect(
          (await doors.call("identity.signIn", { name: name.toUpperCase() }, { at })).error?.data.rejection,
        ).toMatchObject({
          _tag: "NameInUse",
        })
    })

    test("a service speaks with its token alone", async () => {
      const { token, user } = await doors.client().signIn("Bot")
      for (const transport of ["ws", "http"] as const) {
        const bot = doors.client({ token, transport })
        expect(await bot.resume()).toEqual(user)
        const room = bot.open(await bot.rooms.create({ name: `made over ${transport}` }))
        await room.ready
        expect(await room.post({ text: "beep" })).toBe(3)
        await sees(room, "beep")
        bot.close()
      }
    })

    test("a session is valid on every node, and over on every node when it is ended on one", async () => {
      const { token, user } = await doors.session("Ann")
      const room = await doors.room(token)
      const open = doors.nodes.map((url) => trpc(doors, token, url))
      const readers = open.map(({ follow }) => follow(room))
      await Promise.all(readers.map((reader) => reader.isLive()))
      for (const { api } of open) expect(await api.identity.me.query()).toEqual(user)

      await doors.call("identity.signOut", {}, { token })
      for (const reader of readers)
        expect(await reader.isRefused()).toMatchObject({ data: { rejection: { _tag: "NotSignedIn" } } })
      for (const { api } of open)
        await expect(api.room.list.query()).rejects.toMatchObject({ data: { rejection: { _tag: "NotSignedIn" } } })
      for (const at of doors.nodes)
        expect((await doors.ask("room.list", {}, { token, at })).error?.data.rejection).toEqual({ _tag: "NotSignedIn" })
    })

    test("everybody in a room knows who is here and who has gone, whichever node they are on", async () => {
      const { room } = await (await doors.signedIn("Host 6")).rooms.enter("parlour")
      const guests = await Promise.all(
        doors.nodes.map(async (url, n) => {
          const client = await doors.signedIn(`Guest 6${n}`, { url })
          await client.rooms.enter("parlour")
          return { client, open: client.open(room), name: `Guest 6${n}` }
        }),
      )
      await Promise.all(guests.map(({ open }) => open.ready))
      const names = guests.map(({ name }) => name)
      const here = (expected: ReadonlyArray<string>) =>
        Promise.all(
          guests
            .filter(({ name }) => expected.includes(name))
            .map(({ open }) =>
              until(open.state, ({ here }) => `${here.map(({ name }) => name).toSorted()}` === `${expected}`),
            ),
        )
      await here(names)
      guests.at(-1)!.open.close()
      await here(names.slice(0, -1))
      const back = guests.at(-1)!
      guests[guests.length - 1] = { ...back, open: back.client.open(room) }
      await here(names)
    })

    test("who writes is seen writing by people on other nodes, until the message is there", async () => {
      const ada = await doors.signedIn("Ada 7", { url: doors.node(0) })
      const bob = await doors.signedIn("Bob 7", { url: doors.node(1) })
      const { room } = await ada.rooms.enter("whispers")
      await bob.rooms.enter("whispers")
      const [hers, his] = [ada.open(room), bob.open(room)]
      await Promise.all([hers.ready, his.ready])
      hers.typing()
      await until(his.state, ({ typing }) => typing.some(({ name }) => name === "Ada 7"))
      expect(hers.state.get().typing).toEqual([])
      await hers.post({ text: "there" })
      await sees(his, "there")
      expect(his.state.get().typing).toEqual([])
    })
  })
