import { createServer, connect as dial, type Socket as TcpSocket } from "node:net"
import { type OpenRoom, type Readable, Rejected, type RoomState } from "@roomlog/client"
import { afterAll, beforeAll, expect, test } from "vitest"
import { startRoomlog, type TestRoomlog } from "./index.ts"

let roomlog: TestRoomlog
beforeAll(async () => {
  roomlog = await startRoomlog()
})
afterAll(() => roomlog[Symbol.asyncDispose]())

test("two people write, edit, react and read in one room", async () => {
  const ada = await roomlog.signedIn("Ada 1")
  const bob = await roomlog.signedIn("Bob 1")
  const room = await ada.rooms.create({ name: "tea 1" })
  expect((await bob.rooms.enter(" TEA 1 ")).role).toBe("member")
  const [hers, his] = [ada.open(room), bob.open(room)]
  await Promise.all([hers.ready, his.ready])

  const seq = await hers.post({ text: "hello" })
  await until(his.state, (state) => texts(state).includes("hello"))
  const hello = messageOf(his, "hello")
  expect(hello.seq).toBe(seq)
  await his.toggleReaction(hello.id, "👍")
  await hers.edit(hello.id, "hello all")
  await his.post({ text: "hello Ada", replyTo: hello.id })
  await until(hers.state, (state) => texts(state).includes("hello Ada"))
  await until(his.state, (state) => texts(state).includes("hello all"))
  await until(his.state, ({ quotes }) => quotes.get(hello.id)?.text === "hello all")
  expect(messageOf(hers, "hello all").reactions).toEqual([{ emoji: "👍", count: 1 }])
  expect([...(his.state.get().mine.get(hello.id) ?? [])]).toEqual(["👍"])
  await his.toggleReaction(hello.id, "👍")
  await until(hers.state, () => messageOf(hers, "hello all").reactions.length === 0)
  expect([...hers.state.get().names.values()].toSorted()).toEqual(["Ada 1", "Bob 1"])
  await until(hers.state, ({ here }) => here.length === 2)
  await expect(his.edit(hello.id, "mine now")).rejects.toMatchObject({ rejection: { _tag: "NotTheAuthor" } })
  await hers.edit(hello.id, "hello all")
})

test("nobody is anybody before signing in, and somebody else after signing out", async () => {
  const client = roomlog.client()
  expect(await client.resume()).toBeNull()
  await expect(client.rooms.refresh()).rejects.toBeInstanceOf(Rejected)
  expect(client.connection.get()._tag).toBe("connecting")
  const session = await client.signIn("Ada 2")
  expect(client.me.get()).toEqual(session.user)
  await until(client.connection, ({ _tag }) => _tag === "online")
  await expect(roomlog.client().signIn("ada 2")).rejects.toMatchObject({ rejection: { _tag: "NameInUse" } })
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

test("a service speaks with its token alone", async () => {
  const { token, user } = await roomlog.client().signIn("Bot")
  for (const transport of ["ws", "http"] as const) {
    const bot = roomlog.client({ token, transport })
    expect(await bot.resume()).toEqual(user)
    const room = bot.open(await bot.rooms.create({ name: `made over ${transport}` }))
    await room.ready
    expect(await room.post({ text: "beep" })).toBe(3)
    await until(room.state, (state) => texts(state).includes("beep"))
    bot.close()
  }
})

test("the room list counts what others write and forgets what was read", async () => {
  const ada = await roomlog.signedIn("Ada 4")
  const bob = await roomlog.signedIn("Bob 4")
  const { room } = await ada.rooms.enter("tea 4")
  await bob.rooms.enter("tea 4")
  const his = bob.open(room)
  await until(ada.rooms.list, (list) => list.some((one) => one.room === room))
  await his.post({ text: "one" })
  const last = await his.post({ text: "two" })
  await until(ada.rooms.list, (list) => list.find((one) => one.room === room)?.unread === 2)
  await ada.open(room).markRead(last)
  expect(ada.rooms.list.get().find((one) => one.room === room)).toMatchObject({ unread: 0, readUpTo: last })
  expect(bob.rooms.list.get().find((one) => one.room === room)?.unread ?? 0).toBe(0)
})

test("cut off again and again, everything arrives once and in order", async () => {
  const bob = await roomlog.signedIn("Bob 5")
  const { room } = await bob.rooms.enter("storm")
  await using wire = await cuttable(roomlog.url)
  const ada = await roomlog.signedIn("Ada 5", { url: wire.url, retryDelay: () => 5 })
  await ada.rooms.enter("storm")
  const [hers, his] = [ada.open(room), bob.open(room)]
  await Promise.all([hers.ready, his.ready])
  const sent: Promise<number>[] = []
  for (let n = 0; n < 40; n++) {
    sent.push(hers.post({ text: `hers ${n}` }), his.post({ text: `his ${n}` }))
    if (n % 8 === 7) {
      wire.cut()
      await until(ada.connection, ({ _tag }) => _tag === "online")
    }
  }
  const seqs = await Promise.all(sent)
  await until(hers.state, ({ upTo }) => upTo >= Math.max(...seqs))
  await until(his.state, ({ upTo }) => upTo >= Math.max(...seqs))
  expect(texts(hers.state.get())).toEqual(texts(his.state.get()))
  for (const who of ["hers", "his"])
    expect(texts(hers.state.get()).filter((text) => text.startsWith(`${who} `))).toEqual(
      Array.from({ length: 40 }, (_, n) => `${who} ${n}`),
    )
  expect(hers.state.get().pending).toEqual([])
})

test("what was written without a connection is sent after a reload", async () => {
  const store = new Map<string, string>()
  const kept = {
    getItem: (key: string) => store.get(key) ?? null,
    setItem: (key: string, value: string) => void store.set(key, value),
    removeItem: (key: string) => void store.delete(key),
  }
  await using wire = await cuttable(roomlog.url)
  const before = roomlog.client({ url: wire.url, store: kept })
  const { token } = await before.signIn("Ada 6")
  const { room } = await before.rooms.enter("tunnel")
  const inside = before.open(room)
  await inside.ready
  wire.close()
  await until(before.connection, ({ _tag }) => _tag === "waiting")
  for (const text of ["one", "two"]) inside.post({ text }).catch(() => {})
  expect(inside.state.get().pending).toMatchObject([{ text: "one" }, { text: "two" }])
  before.close()

  wire.open()
  const after = roomlog.client({ url: wire.url, store: kept, token })
  await after.resume()
  const outside = after.open(room)
  await until(outside.state, (state) => texts(state).includes("two"))
  expect(texts(outside.state.get()).filter((text) => ["one", "two"].includes(text))).toEqual(["one", "two"])
  await until(outside.state, ({ pending }) => pending.length === 0)
  expect([...store]).toEqual([])
})

test("a private room is lost to who is removed from it", async () => {
  const ada = await roomlog.signedIn("Ada 7")
  const bob = await roomlog.signedIn("Bob 7")
  const room = await ada.rooms.create({ name: "secret", visibility: "private" })
  await expect(bob.open(room).ready).rejects.toMatchObject({ rejection: { _tag: "RoomNotFound" } })
  await bob.rooms.join(room, await ada.rooms.invitation(room))
  const his = bob.open(room)
  await his.ready
  const [him] = (await ada.rooms.members(room)).filter(({ name }) => name === "Bob 7")
  await ada.rooms.removeMember(room, him!.user)
  await until(his.state, ({ phase }) => phase === "lost")
})

test("a long history is read page by page in both directions", async () => {
  const ada = await roomlog.signedIn("Ada 8")
  const { room } = await ada.rooms.enter("long")
  const writer = ada.open(room)
  await Promise.all(Array.from({ length: 150 }, (_, n) => writer.post({ text: `${n}` })))
  const reader = ada.open(room)
  await reader.ready
  while (reader.state.get().hasOlder) await reader.loadOlder()
  const all = texts(reader.state.get()).filter((text) => /^\d+$/.test(text))
  expect(all).toEqual(Array.from({ length: 150 }, (_, n) => `${n}`))

  const inside = ada.open(room, 20)
  await inside.ready
  expect(inside.state.get().hasNewer).toBe(true)
  while (inside.state.get().hasNewer) await inside.loadNewer()
  expect(texts(inside.state.get()).at(-1)).toBe("149")
  await inside.jumpTo(3)
  await inside.jumpTo("newest")
  expect(inside.state.get().upTo).toBe(writer.state.get().upTo)
})

test("an image is uploaded for a room and shown by a message", async () => {
  const ada = await roomlog.signedIn("Ada 9")
  const { room } = await ada.rooms.enter("gallery")
  const open = ada.open(room)
  await open.ready
  const upload = ada.upload(room, new File([png], "dot.png", { type: "image/png" }))
  const stored = await upload.done
  expect(upload.progress.get()).toBe(100)
  expect(stored).toMatchObject({ type: "image/png", width: 1, height: 1, bytes: png.length })
  await open.post({ text: "", images: [{ ...stored, alt: "a dot" }] })
  const isDot = (state: RoomState) =>
    state.items.some((item) => item._tag === "Message" && item.images[0]?.alt === "a dot")
  await until(open.state, isDot)
  const served = await fetch(`${roomlog.url}/media/chat_images/${stored.key}`)
  expect([served.status, (await served.arrayBuffer()).byteLength]).toEqual([200, png.length])

  await expect(ada.upload(room, new File(["<html>"], "dot.png", { type: "image/png" })).done).rejects.toThrow()
  const cancelled = ada.upload(room, new File([png], "dot.png", { type: "image/png" }))
  cancelled.cancel()
  await expect(cancelled.done).rejects.toThrow("cancelled")
})

/** One pixel. */
const png = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
)

/** Resolves as soon as a value is so. */
const until = <T>(readable: Readable<T>, isSo: (value: T) => boolean): Promise<void> =>
  new Promise((resolve) => {
    if (isSo(readable.get())) return resolve()
    const stop = readable.watch((value) => {
      if (!isSo(value)) return
      stop()
      resolve()
    })
  })

const texts = ({ items }: RoomState): ReadonlyArray<string> =>
  items.map((item) => (item._tag === "Message" ? item.text : item.event._tag))

const messageOf = (room: OpenRoom, text: string) => {
  const found = room.state.get().items.find((item) => item._tag === "Message" && item.text === text)
  if (found?._tag !== "Message") throw new Error(`nobody said ${text}`)
  return found
}

/** A way to a server that can be cut: every connection dies at once, as when a cable is pulled. */
const cuttable = async (target: string) => {
  const sockets = new Set<TcpSocket>()
  let isOpen = true
  const server = createServer((near) => {
    if (!isOpen) return void near.destroy()
    const far = dial(Number(new URL(target).port), "127.0.0.1")
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on("error", () => socket.destroy())
      socket.on("close", () => {
        sockets.delete(socket)
        near.destroy()
        far.destroy()
      })
    }
    near.pipe(far).pipe(near)
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const address = server.address()
  const cut = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    url: `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`,
    cut,
    close: () => {
      isOpen = false
      cut()
    },
    open: () => {
      isOpen = true
    },
    [Symbol.asyncDispose]: async () => {
      cut()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
