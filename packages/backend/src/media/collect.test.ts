import { randomUUID } from "node:crypto"
import { mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Driver, openPglite } from "@roomlog/log"
import type { Command, CommandId, MessageId, Receipt, Rejection, RoomId, StoredImage } from "@roomlog/schemas"
import { Effect, Exit, Scope } from "effect"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { type Backend, openBackend } from "../backend.ts"
import { run } from "../edge.ts"
import type { Actor } from "../identity/identity.ts"
import { defaultRates } from "../rates.ts"
import { Rejected } from "../rejected.ts"
import { keysOf, thumbOf } from "./store.ts"
import { png } from "./testImages.ts"

const scope = Scope.makeUnsafe()
let mediaDir: string
let backend: Backend
let ann: Actor
let room: RoomId
/** What an append waits for, when a test wants to look between judging and committing. */
let beforeAppend: () => Promise<void> = async () => undefined

const opened = Effect.gen(function* () {
  const driver: Driver = yield* openPglite()
  const query: Driver["query"] = async (text, params) => {
    if (text.includes("insert into event")) await beforeAppend()
    return driver.committing.query(text, params)
  }
  const committing: Driver["committing"] = { query, transaction: (work) => driver.committing.transaction(work) }
  const endless = Object.fromEntries(
    Object.keys(defaultRates).map((kind) => [kind, { points: 1_000_000, seconds: 1 }]),
  ) as unknown as typeof defaultRates
  const settings = { mediaDir, secret: "s".repeat(32), rates: endless, now: Date.now, newId: randomUUID }
  return yield* openBackend({ driver: { ...driver, committing }, ...settings })
})

beforeAll(async () => {
  mediaDir = await mkdtemp(join(tmpdir(), "roomlog-collect-"))
  backend = await run(opened.pipe(Scope.provide(scope)))
  const { token } = await run(backend.identity.signIn("Ann"))
  ann = (await run(backend.identity.whoHolds(token)))!
  room = randomUUID() as RoomId
  await done({ _tag: "CreateRoom", room, name: "attic", topic: "", visibility: "public" })
}, 60_000)
afterAll(async () => {
  await run(Scope.close(scope, Exit.void))
  await rm(mediaDir, { recursive: true })
})

const ask = async (command: Command): Promise<Receipt | Rejection> => {
  try {
    return await run(backend.commands.execute(ann, randomUUID() as CommandId, command))
  } catch (cause) {
    if (cause instanceof Rejected) return cause.rejection
    throw cause
  }
}
const done = async (command: Command) => expect(await ask(command)).not.toHaveProperty("_tag")

const upload = () => run(backend.media.accept({ room, owner: ann, bytes: png(700, 20) }))
const posting = (image: StoredImage, text = "") => ({
  _tag: "PostMessage" as const,
  room,
  message: randomUUID() as MessageId,
  text,
  images: [{ key: image.key, alt: "" }],
  replyTo: null,
})
const posted = async (image: StoredImage): Promise<MessageId> => {
  const command = posting(image)
  await done(command)
  return command.message
}
const remove = (message: MessageId) => done({ _tag: "RemoveMessage", room, message })
const restore = (message: MessageId) => ask({ _tag: "RestoreMessage", room, message })

const isServed = async ({ key }: StoredImage) => [
  (await run(backend.media.open(key, ann.id))) !== undefined,
  (await run(backend.media.openThumb(thumbOf(key), ann.id))) !== undefined,
]
const files = async ({ key }: StoredImage) => [
  (await readdir(join(mediaDir, "chat_images"))).includes(key),
  (await readdir(join(mediaDir, "thumbs"))).includes(thumbOf(key)),
]
const rowOf = async ({ key }: StoredImage) => (await run(backend.run("select * from media where key = $1", [key])))[0]

/** Lets hours go by for an image, and for the removals of its messages. */
const hours = async ({ key }: StoredImage, count: number) => {
  await run(
    backend.run(
      `update media set stored_at = stored_at - make_interval(hours => $2::int),
         collected_at = collected_at - make_interval(hours => $2::int) where key = $1`,
      [key, count],
    ),
  )
  await run(
    backend.run("update shown set removed_at = removed_at - $2::int * 3600000::bigint where key = $1", [key, count]),
  )
}
const collect = () => run(backend.media.collect())
/** Time enough for everything that nobody needs to go. */
const collectedAfter = async (image: StoredImage, count: number) => {
  await hours(image, count)
  await collect()
  await hours(image, 2)
  await collect()
}

describe("an image that no message shows", () => {
  test("stays for a day, and is then gone with its row and files", async () => {
    const image = await upload()
    await collectedAfter(image, 20)
    expect([await isServed(image), await files(image)]).toEqual([
      [true, true],
      [true, true],
    ])
    await collectedAfter(image, 5)
    expect([await isServed(image), await files(image), await rowOf(image)]).toEqual([
      [false, false],
      [false, false],
      undefined,
    ])
  })

  test("cannot be posted any more once it was laid hands on", async () => {
    const image = await upload()
    await hours(image, 25)
    await collect()
    expect(await files(image)).toEqual([true, true])
    expect(await ask(posting(image))).toEqual({ _tag: "ImageNotFound", key: image.key })
  })

  test("stays when its message is being judged while it is laid hands on", async () => {
    const image = await upload()
    await hours(image, 25)
    const [judged, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    beforeAppend = () => {
      judged.resolve()
      return goOn.promise
    }
    const message = posted(image)
    await judged.promise
    await collect()
    expect(await rowOf(image)).toMatchObject({ collected_at: expect.anything() })
    beforeAppend = async () => undefined
    goOn.resolve()
    await message
    expect(await isServed(image)).toEqual([true, true])
    await hours(image, 100)
    await collect()
    expect(await rowOf(image)).toMatchObject({ collected_at: null, erased_at: null })
    expect([await isServed(image), await files(image)]).toEqual([
      [true, true],
      [true, true],
    ])
  })
})

describe("an image of a message", () => {
  test("stays for ever", async () => {
    const image = await upload()
    await posted(image)
    await collectedAfter(image, 10_000)
    expect([await isServed(image), await files(image)]).toEqual([
      [true, true],
      [true, true],
    ])
  })

  test("is gone for everybody with its message, and comes back with it", async () => {
    const image = await upload()
    const message = await posted(image)
    await remove(message)
    expect(await isServed(image)).toEqual([false, false])
    await collectedAfter(image, 20)
    expect(await isServed(image)).toEqual([false, false])
    expect(await restore(message)).not.toHaveProperty("_tag")
    expect(await isServed(image)).toEqual([true, true])
    await collectedAfter(image, 1_000)
    expect(await files(image)).toEqual([true, true])
  })

  test("is deleted a day after the removal, and then the message stays removed", async () => {
    const image = await upload()
    const message = await posted(image)
    await remove(message)
    await collectedAfter(image, 25)
    expect([await isServed(image), await files(image)]).toEqual([
      [false, false],
      [false, false],
    ])
    expect(await rowOf(image)).toMatchObject({ erased_at: expect.anything(), placeholder: null })
    const no = { _tag: "InvalidInput", field: "message", reason: "its images have been deleted for good" }
    expect(await restore(message)).toEqual(no)
    expect(await ask(posting(image))).toEqual({ _tag: "ImageNotFound", key: image.key })
  })

  test("is shown as long as another message shows it", async () => {
    const image = await upload()
    const message = await posted(image)
    await posted(image)
    await remove(message)
    await collectedAfter(image, 1_000)
    expect([await isServed(image), await files(image)]).toEqual([
      [true, true],
      [true, true],
    ])
  })

  test("is not forgotten because its file is missing", async () => {
    const image = await upload()
    await posted(image)
    await rm(join(mediaDir, "chat_images", image.key))
    await collectedAfter(image, 1_000)
    expect(await rowOf(image)).toMatchObject({ collected_at: null, erased_at: null })
  })

  test("can be deleted at once", async () => {
    const [image, other] = [await upload(), await upload()]
    const message = await posted(image)
    await run(backend.media.erase([image.key]))
    expect([await isServed(image), await files(image), await files(other)]).toEqual([
      [false, false],
      [false, false],
      [true, true],
    ])
    await remove(message)
    expect(await restore(message)).toMatchObject({ _tag: "InvalidInput" })
  })
})

test("files that belong to nothing go when they are a day old", async () => {
  const image = await upload()
  const stray = (letter: string) => `img_1700000000_${letter.repeat(32)}.png`
  const paths = (letter: string) => [
    join(mediaDir, "chat_images", stray(letter)),
    join(mediaDir, "thumbs", thumbOf(stray(letter))),
    join(mediaDir, "incoming", `${letter}.part`),
  ]
  for (const path of [...paths("a"), ...paths("b")]) await writeFile(path, "x")
  for (const path of [...paths("a"), join(mediaDir, "chat_images", image.key)]) await utimes(path, 1, 1)
  await collect()
  const left = (
    await Promise.all(["chat_images", "thumbs", "incoming"].map((one) => readdir(join(mediaDir, one))))
  ).flat()
  expect(left).toEqual(
    expect.arrayContaining([stray("b"), thumbOf(stray("b")), "b.part", image.key, thumbOf(image.key)]),
  )
  for (const gone of [stray("a"), thumbOf(stray("a")), "a.part"]) expect(left).not.toContain(gone)
})

test("a thumbnail's name says whose it is", () => {
  const key = `img_1700000000_${"a".repeat(32)}.gif`
  expect(keysOf(thumbOf(key))).toContain(key)
  for (const name of ["", "x.webp", "img_.webp", `${key}`, `../${thumbOf(key)}`]) expect(keysOf(name)).toEqual([])
})
