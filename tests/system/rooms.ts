import { randomUUID } from "node:crypto"
import { Rejected } from "@roomlog/client"
import { describe, expect, test } from "vitest"
import { until } from "../live.ts"
import type { Doors } from "./doors.ts"
import { run, trpc } from "./follower.ts"
import { texts } from "./shown.ts"

/** Who may enter and read what, and what their lists show. */
export const rooms = (doors: Doors) =>
  describe("rooms", () => {
    test("a private room is unknown to strangers and opens to whoever holds the invitation, until it is renewed", async () => {
      const ann = await doors.signedIn("Ann 1", { url: doors.node(0) })
      const bob = await doors.signedIn("Bob 11", { url: doors.node(1) })
      const room = await ann.rooms.create({ name: "hiring", visibility: "private" })
      await ann.open(room).post({ text: "between us" })

      expect(await bob.rooms.find("hiring")).toBeNull()
      expect((await bob.rooms.refresh()).filter((one) => one.room === room)).toEqual([])
      await expect(bob.history({ room })).rejects.toMatchObject({ rejection: { _tag: "RoomNotFound" } })
      await expect(bob.open(room).ready).rejects.toMatchObject({ rejection: { _tag: "RoomNotFound" } })
      await expect(bob.rooms.enter("hiring")).rejects.toBeInstanceOf(Rejected)

      const first = await ann.rooms.invitation(room)
      const second = await ann.rooms.renewInvitation(room)
      expect(second).not.toBe(first)
      expect(await bob.rooms.find("hiring", first)).toBeNull()
      await expect(bob.rooms.join(room, first)).rejects.toMatchObject({ rejection: { _tag: "RoomNotFound" } })

      expect(await bob.rooms.enter("hiring", second)).toMatchObject({ room, role: "member" })
      const { items } = await bob.history({ room })
      expect(items.some((item) => item._tag === "Message" && item.text === "between us")).toBe(true)
      await expect(bob.rooms.invitation(room)).rejects.toMatchObject({ rejection: { _tag: "NotAllowed" } })
    })

    test("an invitation is the same on every node", async () => {
      const { token } = await doors.session("Ann")
      const room = await doors.room(token, { visibility: "private" })
      const codes = await Promise.all(doors.nodes.map((at) => doors.ask("room.invitation", { room }, { token, at })))
      expect(new Set(codes.map(({ result }) => JSON.stringify(result?.data))).size).toBe(1)
      const { code } = codes[0]!.result!.data as { readonly code: string }
      for (const at of doors.nodes) {
        const guest = await doors.session("Guest")
        const words = { commandId: randomUUID(), room, invitation: code }
        expect((await doors.call("room.join", words, { token: guest.token, at })).error).toBeUndefined()
      }
    })

    test("who is removed from a private room hears nothing after it, on whichever node they listen", async () => {
      const { token } = await doors.session("Ann")
      const room = await doors.room(token, { visibility: "private" })
      const { result } = await doors.ask("room.invitation", { room }, { token })
      const { code: invitation } = result!.data as { readonly code: string }
      const bo = await doors.session("Bo")
      await doors.call("room.join", { commandId: randomUUID(), room, invitation }, { token: bo.token })
      const his = doors.nodes.map((url) => trpc(doors, bo.token, url).follow(room))
      const hers = trpc(doors, token).follow(room)
      await Promise.all([...his, hers].map((reader) => reader.isLive()))

      for (const n of run(5)) await doors.say(room, `${n}`, { token, at: doors.node(n) })
      const removal = { commandId: randomUUID(), room, user: bo.user.id }
      const removed = await doors.call("room.removeMember", removal, { token, at: doors.node(1) })
      const { seq } = removed.result!.data as { readonly seq: number }
      for (const n of run(5)) await doors.say(room, `now we are alone ${n}`, { token, at: doors.node(n) })
      await hers.reaches(seq + 5)
      for (const reader of his) {
        expect(await reader.isRefused()).toMatchObject({ data: { rejection: { _tag: "RoomNotFound", room } } })
        expect(reader.seqs).toEqual(run(seq, 4))
      }
      for (const at of doors.nodes)
        expect((await doors.ask("message.history", { room }, { token: bo.token, at })).error?.data.rejection).toEqual({
          _tag: "RoomNotFound",
          room,
        })
    })

    test("a private room is lost to the client that is removed from it", async () => {
      const ada = await doors.signedIn("Ada 12", { url: doors.node(0) })
      const bob = await doors.signedIn("Bob 12", { url: doors.node(1) })
      const room = await ada.rooms.create({ name: "secret", visibility: "private" })
      await bob.rooms.join(room, await ada.rooms.invitation(room))
      const his = bob.open(room)
      await his.ready
      const [him] = (await ada.rooms.members(room)).filter(({ name }) => name === "Bob 12")
      await ada.rooms.removeMember(room, him!.user)
      await until(his.state, ({ phase }) => phase === "lost")
    })

    test("a room's name is taken once, however many want it at once", async () => {
      const name = `wanted ${randomUUID()}`
      const { token } = await doors.session("Ann")
      const wish = () => ({ commandId: randomUUID(), room: randomUUID(), name, topic: "", visibility: "public" })
      const answers = await Promise.all(
        Array.from({ length: 12 }, (_, n) => doors.call("room.create", wish(), { token, at: doors.node(n) })),
      )
      expect(answers.filter(({ result }) => result)).toHaveLength(1)
      for (const { error } of answers.filter(({ error }) => error))
        expect(error?.data.rejection).toEqual({ _tag: "RoomNameTaken", name })
    })

    test("the room list counts what others write and forgets what was read", async () => {
      const ada = await doors.signedIn("Ada 4", { url: doors.node(0) })
      const bob = await doors.signedIn("Bob 4", { url: doors.node(1) })
      const { room } = await ada.rooms.enter("tea 4")
      await bob.rooms.enter("tea 4")
      const his = bob.open(room)
      const inHers = (isSo: (one: { readonly unread: number }) => boolean) =>
        until(ada.rooms.list, (list) => list.some((one) => one.room === room && isSo(one)))
      await inHers(() => true)
      await his.post({ text: "one" })
      const last = await his.post({ text: "two" })
      await inHers(({ unread }) => unread === 2)
      await ada.open(room).markRead(last)
      expect(ada.rooms.list.get().find((one) => one.room === room)).toMatchObject({ unread: 0, readUpTo: last })
      expect(bob.rooms.list.get().find((one) => one.room === room)?.unread ?? 0).toBe(0)
    })

    test("a new name and topic are in everybody's list", async () => {
      const ada = await doors.signedIn("Ada 13", { url: doors.node(0) })
      const readers = await Promise.all(doors.nodes.map((url, n) => doors.signedIn(`Reader 13${n}`, { url })))
      const { room } = await ada.rooms.enter("before 13")
      for (const reader of readers) await reader.rooms.enter("before 13")
      await ada.rooms.rename(room, "after 13")
      await ada.rooms.setTopic(room, "all is new")
      for (const reader of readers)
        await until(reader.rooms.list, (list) =>
          list.some((one) => one.room === room && one.name === "after 13" && one.topic === "all is new"),
        )
      expect(texts((await openReady(readers[0]!.open(room))).state.get())).toEqual([])
    })
  })

const openReady = async <T extends { readonly ready: Promise<void> }>(open: T): Promise<T> => {
  await open.ready
  return open
}
