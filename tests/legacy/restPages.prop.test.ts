import { run } from "@roomlog/backend"
import type { Command, MediaKey, MessageId, OldPage, Profile, RoomId } from "@roomlog/schemas"
import { startRoomlog, type TestRoomlog } from "@roomlog/testing"
import fc from "fast-check"
import { afterAll, beforeAll, expect, test } from "vitest"
import { png } from "./pixels.ts"

let roomlog: TestRoomlog
let writer: Writer
beforeAll(async () => {
  roomlog = await startRoomlog({ settings: { LOG_LEVEL: "error" } })
  writer = new Writer()
  await writer.begin()
})
afterAll(() => roomlog[Symbol.asyncDispose]())

/** Something that somebody does to a room; `at` chooses the message. */
type Deed = readonly [what: "post" | "remove" | "restore" | "edit", at: number, images: number]
const deed: fc.Arbitrary<Deed> = fc.tuple(
  fc.constantFrom("post", "post", "post", "remove", "restore", "edit"),
  fc.nat(),
  fc.constantFrom(0, 0, 0, 1, 2),
)
const deeds = fc.array(deed, { maxLength: 6 })

test("pages by `before` give each line once, whatever is written, removed and restored meanwhile", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 9 }),
      fc.array(deeds, { minLength: 1, maxLength: 12 }),
      async (size, meanwhile) => {
        const room = await writer.newRoom(12)
        const atFirst = ids(await walk(room, 100))
        let turn = 0
        const heard = ids(await walk(room, size, () => writer.doAll(room, meanwhile[turn++] ?? [])))
        const atLast = ids(await walk(room, 100))
        expect(heard).toEqual(heard.toSorted((a, b) => b - a))
        expect(new Set(heard).size).toBe(heard.length)
        const stayed = atFirst.filter((id) => atLast.includes(id) && !writer.touched.has(Math.floor(id / 16)))
        expect(stayed.filter((id) => !heard.includes(id))).toEqual([])
      },
    ),
    { numRuns: 25 },
  )
}, 120_000)

test("once it is quiet, the count and the pages by number say the same as the pages by `before`", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 9 }),
      fc.array(deeds, { minLength: 1, maxLength: 6 }),
      async (size, before) => {
        const room = await writer.newRoom(5)
        for (const some of before) {
          await writer.doAll(room, some)
          const lines = ids(await walk(room, size))
          const byNumber: Array<number> = []
          const { count } = await page(`${listOf(room)}?page_size=${size}`)
          for (let n = 1; n <= Math.max(1, Math.ceil(count / size)); n++)
            byNumber.push(...ids((await page(`${listOf(room)}?page_size=${size}&page=${n}`)).results))
          expect([count, byNumber]).toEqual([lines.length, lines])
          expect((await fetch(`${listOf(room)}?page_size=${size}&page=${Math.ceil(count / size) + 1}`)).status).toBe(
            count === 0 ? 200 : 404,
          )
        }
      },
    ),
    { numRuns: 15 },
  )
}, 120_000)

const listOf = ({ name }: Room): string => `${roomlog.url}/api/chat/${name}/messages/`
const page = async (address: string): Promise<OldPage> => (await (await fetch(address)).json()) as OldPage
const ids = (lines: OldPage["results"]): ReadonlyArray<number> => lines.map(({ id }) => id)

/** Every line, from page to page. */
const walk = async (room: Room, size: number, between: () => Promise<void> = async () => undefined) => {
  const lines: Array<OldPage["results"][number]> = []
  for (let next: string | null = `${listOf(room)}?page_size=${size}`; next !== null; ) {
    const found: OldPage = await page(next)
    lines.push(...found.results)
    next = found.next
    await between()
  }
  return lines
}

interface Room {
  readonly name: string
  readonly id: RoomId
  readonly messages: Array<MessageId>
  readonly images: ReadonlyArray<MediaKey>
}

/** Somebody who does all kinds of things. */
class Writer {
  /** Events of messages that were changed after they were posted, as the front of their ids. */
  readonly touched = new Set<number>()
  #ann: Profile | undefined
  #rooms = 0

  async begin(): Promise<void> {
    this.#ann = (await run(roomlog.backend.identity.signIn("Ann"))).user
  }

  async newRoom(messages: number): Promise<Room> {
    const { newId, media } = roomlog.backend
    const id = newId() as RoomId
    const name = `room ${++this.#rooms}`
    await this.#do({ _tag: "CreateRoom", room: id, name, topic: "", visibility: "public" })
    const image = async () => (await run(media.accept({ room: id, owner: this.#ann!, bytes: png(2, 2) }))).key
    const room: Room = { name, id, messages: [], images: [await image(), await image()] }
    for (let n = 0; n < messages; n++) await this.doAll(room, [["post", n, n % 3]])
    return room
  }

  /** Does what can be done, and leaves the rest. */
  async doAll(room: Room, deeds: ReadonlyArray<Deed>): Promise<void> {
    for (const one of deeds) {
      const command = commandOf(room, one)
      await this.#do(command).catch(() => undefined)
      if ("message" in command && command._tag !== "PostMessage") await this.#touch(command.message)
    }
  }

  async #do(command: Command): Promise<void> {
    const { commands, newId } = roomlog.backend
    await run(commands.execute(this.#ann!, newId() as never, command))
  }

  async #touch(message: MessageId): Promise<void> {
    const [found] = await run(
      roomlog.backend.run<{ part: number; pos: number }>(
        "select part, pos from event where subject_id = $1::uuid and type = 'MessagePosted'",
        [message],
      ),
    )
    if (found) this.touched.add(Number(found.pos) * 256 + found.part)
  }
}

const commandOf = (room: Room, [what, at, images]: Deed): Command => {
  if (what === "post") {
    const message = roomlog.backend.newId() as MessageId
    room.messages.push(message)
    const text = images > 0 && at % 2 === 0 ? "" : `line ${at}`
    const keys = room.images.slice(0, images).map((key) => ({ key, alt: "" }))
    return { _tag: "PostMessage", room: room.id, message, text, images: keys, replyTo: null }
  }
  const message = room.messages[at % room.messages.length]!
  if (what === "remove") return { _tag: "RemoveMessage", room: room.id, message }
  if (what === "restore") return { _tag: "RestoreMessage", room: room.id, message }
  return { _tag: "EditMessage", room: room.id, message, text: images > 0 ? "" : `edited ${at}` }
}
