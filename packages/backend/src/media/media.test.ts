import { readdir, readFile, symlink, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { StoredImage } from "@roomlog/schemas"
import { Effect, Exit, Schema, Scope } from "effect"
import sharp from "sharp"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { run } from "../edge.ts"
import type { Sql } from "../sql.ts"
import type { Media } from "./media.ts"
import { alice, attic, eve, lobby, nowhere, openDatabase, openMedia, uploads } from "./testHouse.ts"
import { pixels, png } from "./testImages.ts"

const scope = Scope.makeUnsafe()
let house: Effect.Success<ReturnType<typeof openMedia>>
let media: Media
let database: Sql

beforeAll(async () => {
  database = await run(openDatabase().pipe(Scope.provide(scope)))
  house = await run(openMedia(database).pipe(Scope.provide(scope)))
  media = house.media
}, 30_000)
afterAll(() => run(Scope.close(scope, Exit.void)))

const offered = (bytes: Uint8Array, room = lobby) => ({ room, owner: { id: alice }, bytes })
const refused = (effect: Effect.Effect<unknown, unknown>) => run(Effect.flip(effect))

describe("an image that was accepted", () => {
  test("shows what was sent, under a key that nobody can guess", async () => {
    const bytes = png(5, 4)
    const image = await run(media.accept(offered(bytes)))
    expect(Schema.is(StoredImage)(image)).toBe(true)
    expect(image).toMatchObject({ type: "image/png", width: 5, height: 4 })
    expect(image.key).toMatch(/^img_1735212345_[0-9a-f]{32}\.png$/)
    const opened = await run(media.open(image.key, undefined))
    expect(opened).toMatchObject({ type: "image/png", bytes: image.bytes, isPrivate: false })
    expect(await pixels(await readFile(opened!.path))).toEqual(await pixels(bytes))
  })

  test("has a row with its owner and room, for the message that will show it", async () => {
    const { key } = await run(media.accept(offered(await sharp(png(2, 1)).jpeg().toBuffer(), attic)))
    expect(await run(database("select * from media where key = $1", [key]))).toMatchObject([
      { room: attic, owner: alice, type: "image/jpeg", width: 2, height: 1 },
    ])
  })

  test("is no longer in the incoming folder when it came as a file", async () => {
    const path = join(media.incoming, "came.part")
    await writeFile(path, png(1, 1))
    const { key } = await run(media.accept({ room: lobby, owner: { id: alice }, path }))
    expect(key).toMatch(/png$/)
    expect(await readdir(media.incoming)).toEqual([])
  })

  test("in a private room is there for its readers only", async () => {
    const { key } = await run(media.accept(offered(png(1, 1), attic)))
    expect(await run(media.open(key, alice))).toMatchObject({ isPrivate: true })
    expect(await run(media.open(key, eve))).toBeUndefined()
    expect(await run(media.open(key, undefined))).toBeUndefined()
  })
})

describe("an image that was refused", () => {
  test("says why and leaves nothing behind", async () => {
    const before = await readdir(join(house.dir, "chat_images"))
    expect(await refused(media.accept(offered(Buffer.from("<svg/>"))))).toMatchObject({
      rejection: { _tag: "InvalidInput", field: "image", reason: expect.stringMatching(/^Only PNG, JPEG/) },
    })
    expect(await readdir(join(house.dir, "chat_images"))).toEqual(before)
    expect(await readdir(media.incoming)).toEqual([])
  })

  test.each([
    ["a room that is not there", nowhere, alice],
    ["a private room", attic, eve],
  ])("because of %s looks the same", async (_, room, id) => {
    const no = await refused(media.accept({ room, owner: { id }, bytes: png(1, 1) }))
    expect(no).toMatchObject({ rejection: { _tag: "RoomNotFound", room } })
  })

  test("because there were too many says when to come again, and counts by person", async () => {
    for (let i = 0; i < uploads; i++) await run(media.admit(lobby, eve))
    const no = await refused(media.accept({ ...offered(png(1, 1)), owner: { id: eve } }))
    expect(no).toMatchObject({ rejection: { _tag: "RateLimited", retryAfter: expect.any(Number) } })
    await run(media.accept(offered(png(1, 1))))
  })

  test("by the database is not left on the disk", async () => {
    const before = await readdir(join(house.dir, "chat_images"))
    await run(database("alter table media rename to elsewhere"))
    expect(await refused(media.accept(offered(png(1, 1))))).toMatchObject({ _tag: "DatabaseError" })
    await run(database("alter table elsewhere rename to media"))
    expect(await readdir(join(house.dir, "chat_images"))).toEqual(before)
  })
})

describe("what is not an image of ours is not there", () => {
  test.each([
    "../incoming/x",
    "..%2f..%2fetc%2fpasswd",
    "/etc/passwd",
    "",
    ".",
    "img_1735212345_0123456789abcdef0123456789abcdef.png/../../secret",
    "img_1735212345_0123456789abcdef0123456789abcdef.png\0.txt",
    "img_1735212345_0123456789abcdef0123456789abcdef.svg",
    "img_1735212345_0123456789abcdef0123456789abcdef.png",
    "img_1735212345_0123456789abcdef0123456789abcdef.png\n",
  ])("%j", async (key) => {
    await writeFile(join(media.incoming, "x"), "secret")
    expect(await run(media.open(key, alice))).toBeUndefined()
  })

  test("a file of the folder that nobody uploaded", async () => {
    const key = "img_1735212345_ffffffffffffffffffffffffffffffff.png"
    await writeFile(join(house.dir, "chat_images", key), png(1, 1))
    expect(await run(media.open(key, alice))).toBeUndefined()
  })

  test("a link out of the folder, to a key without a row", async () => {
    const key = "img_1735212345_eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee.png"
    await symlink("/etc/hostname", join(house.dir, "chat_images", key))
    expect(await run(media.open(key, alice))).toBeUndefined()
  })
})
