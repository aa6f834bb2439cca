import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { connect, type OpenRoom, type Roomlog } from "@roomlog/client"
import type { MessageId, MessageView, RoomId } from "@roomlog/schemas"
import type { Browser, Page } from "playwright-core"
import { io, type Socket } from "socket.io-client"
import { afterAll, beforeAll, expect, test } from "vitest"
import { launchBrowser } from "./browser.ts"
import { ServerProcess } from "./serverProcess.ts"

/** A picture of one pixel. */
const pixel = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
)

interface OldMessage {
  readonly username: string
  readonly message: string
  readonly image: string | null
  readonly seq?: number
}

let folder: string
let server: ServerProcess
let browser: Browser

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "roomlog-story-"))
  const generous = { RATE_POSTS: "100000/1", RATE_JOINS: "1000/1", RATE_UPLOADS: "1000/1", RATE_SIGN_INS: "1000/1" }
  server = await ServerProcess.start(join(folder, "data"), generous)
  browser = await launchBrowser()
})

afterAll(async () => {
  await browser?.close()
  await server?.kill()
  await rm(folder, { recursive: true, force: true })
})

test("two pages, an old client and a service talk in one room, and the server's sudden death loses nothing", async () => {
  const ann = await pageOf("Ann")
  const bea = await pageOf("Bea")
  const gauge = await serviceOf("Gauge")
  const veteran = await oldClientOf("Veteran")

  // Everybody says something and shows something.
  await say(ann, "hello from Ann")
  await say(bea, "hello from Bea")
  await gauge.room.post({ text: "hello from the gauge" })
  expect(await veteran.socket.emitWithAck("send_message", { message: "hello from the veteran" })).toBe(true)
  await show(ann, "quay")
  await show(bea, "boat")
  const stored = await gauge.roomlog.upload(gauge.room.room, new File([pixel], "tide.png", { type: "image/png" })).done
  await gauge.room.post({ text: "", images: [{ ...stored, alt: "the tide" }] })
  const image = `data:image/png;base64,${pixel.toString("base64")}`
  expect(await veteran.socket.emitWithAck("send_message", { image, content_type: "image" })).toBe(true)
  await everybodyHas(8)
  expect(veteran.heard.filter(({ username }) => username !== "System")).toHaveLength(8)
  expect(await ann.locator("li.message img").count()).toBe(4)

  // In the middle of sending the server dies, and comes back.
  const acknowledged: Promise<number>[] = []
  for (let n = 0; n < 40; n++) {
    acknowledged.push(gauge.room.post({ text: `reading ${n}` }))
    if (n === 10) await Promise.race(acknowledged)
    if (n === 12) await server.kill()
    if (n % 10 === 0) await say(n % 20 === 0 ? ann : bea, `word ${n}`, false)
  }
  await server.start()
  const seqs = await Promise.all(acknowledged)
  expect(new Set(seqs).size).toBe(40)
  await veteran.back()
  expect(await veteran.socket.emitWithAck("send_message", { message: "and I am back" })).toBe(true)

  // All end with the same timeline: the one that history tells afresh.
  const truth = await everybodyHas(8 + 40 + 4 + 1)
  const texts = truth.map(({ text }) => text)
  expect(texts.filter((text) => text.startsWith("reading "))).toEqual(
    Array.from({ length: 40 }, (_, n) => `reading ${n}`),
  )
  expect(new Set(texts.filter((text) => text !== "")).size).toBe(texts.filter((text) => text !== "").length)
  const newcomer = await pageOf("Newcomer")
  await settledAt(newcomer, truth.length)
  expect(await shownIn(newcomer)).toEqual(truth.map(({ id }) => id))
  await veteran.hears(truth.at(-1)!.seq)
  const posts = veteran.heard.filter(({ username }) => username !== "System")
  expect(posts.map(({ message, image: path }) => path ?? message)).toEqual(
    truth.map(({ text, images }) => (images[0] ? `/media/chat_images/${images[0].key}` : text)),
  )
  gauge.roomlog.close()
  veteran.socket.close()

  /** Waits until pages and service show so many messages and nothing is pending, and holds them against history. */
  async function everybodyHas(count: number): Promise<ReadonlyArray<MessageView>> {
    for (const page of [ann, bea]) await settledAt(page, count)
    await messagesOf(gauge.room, count)
    const { items } = await gauge.roomlog.history({ room: gauge.room.room, limit: 100 })
    const truth = items.filter((item) => item._tag === "Message")
    const ids = truth.map(({ id }) => id)
    expect(ids).toHaveLength(count)
    expect(await shownIn(ann)).toEqual(ids)
    expect(await shownIn(bea)).toEqual(ids)
    expect((await messagesOf(gauge.room, count)).map(({ id }) => id)).toEqual(ids)
    return truth
  }
})

/** A page of its own browser profile, in the harbour. */
const pageOf = async (name: string): Promise<Page> => {
  const page = await (await browser.newContext()).newPage()
  await page.goto(`${server.url}/`)
  await page.locator("[name=username]").fill(name)
  await page.locator("[name=room_name]").fill("harbour")
  await page.locator("[name=username]").press("Enter")
  await page.getByRole("textbox", { name: "Message to #harbour" }).waitFor()
  return page
}

const say = async (page: Page, text: string, settled = true): Promise<void> => {
  const composer = page.getByRole("textbox", { name: "Message to #harbour" })
  await composer.fill(text)
  await composer.press("Enter")
  if (settled) await page.locator("li.message:not(.pending)", { hasText: text }).waitFor()
}

const show = async (page: Page, name: string): Promise<void> => {
  const file = join(folder, `${name}.png`)
  await writeFile(file, pixel)
  const images = await page.locator("li.message img").count()
  await page.locator("input[type=file]").setInputFiles(file)
  await page.getByRole("button", { name: `Remove ${name}.png` }).waitFor()
  await page.getByRole("button", { name: "Send" }).click()
  await page.waitForFunction((before) => document.querySelectorAll("li.message img").length > before, images)
}

/** Waits until a page shows so many messages and none is on its way. */
const settledAt = async (page: Page, count: number): Promise<void> => {
  await page.waitForFunction(
    (wanted) =>
      document.querySelectorAll("li.message").length === wanted &&
      document.querySelectorAll("li.message.pending, li.message.failed").length === 0,
    count,
  )
}

const shownIn = (page: Page): Promise<ReadonlyArray<string | undefined>> =>
  page
    .locator("li.message")
    .evaluateAll((lines) => lines.map((line) => (line as HTMLElement).dataset["key"]?.replace("message ", "")))

const serviceOf = async (name: string): Promise<{ roomlog: Roomlog; room: OpenRoom }> => {
  const roomlog = connect({ url: server.url })
  await roomlog.signIn(name)
  const { room } = await roomlog.rooms.enter("harbour")
  const open = roomlog.open(room as RoomId)
  await open.ready
  return { roomlog, room: open }
}

const messagesOf = (room: OpenRoom, count: number): Promise<ReadonlyArray<MessageView & { readonly id: MessageId }>> =>
  new Promise((resolve) => {
    const look = (): boolean => {
      const { items, pending } = room.state.get()
      const messages = items.filter((item) => item._tag === "Message")
      if (messages.length < count || pending.length > 0) return false
      resolve(messages)
      return true
    }
    if (look()) return
    const stop = room.state.watch(() => look() && stop())
  })

/** An old client that comes back from the last seq it heard, as the newest of them do. */
const oldClientOf = async (name: string) => {
  const heard: OldMessage[] = []
  const last = () => heard.reduce((most, { seq }) => Math.max(most, seq ?? 0), 0)
  const looks = new Set<() => void>()
  const socket: Socket = io(server.url, { auth: (tell) => tell(last() === 0 ? {} : { since: last() }) })
  socket.on("message", (message: OldMessage) => {
    heard.push(message)
    for (const look of looks) look()
  })
  const join = () => socket.emitWithAck("join", { username: name, room: "Harbour" })
  expect(await join()).toBe(true)
  return {
    socket,
    heard,
    back: async (): Promise<void> => {
      if (!socket.connected) await new Promise<void>((resolve) => socket.once("connect", () => resolve()))
      expect(await join()).toBe(true)
    },
    hears: (seq: number): Promise<void> =>
      new Promise((resolve) => {
        const look = (): void => {
          if (last() < seq) return
          looks.delete(look)
          resolve()
        }
        looks.add(look)
        look()
      }),
  }
}
