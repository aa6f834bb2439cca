import { thumbPath } from "@roomlog/schemas/paths"
import { Effect, Exit, Scope } from "effect"
import sharp from "sharp"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { run } from "../edge.ts"
import { alice, attic, by, eve, lobby, openDoors, openMedia } from "./testHouse.ts"
import { png } from "./testImages.ts"

const scope = Scope.makeUnsafe()
/** As it is stored. */
const bytes = await sharp(png(20, 20)).png().toBuffer()
let shown: string
let wide: string
let hidden: string

beforeAll(async () => {
  const opened = Effect.gen(function* () {
    const { media } = yield* openMedia()
    const { origin } = yield* openDoors(media)
    const put = (room: typeof lobby, picture = png(20, 20)) =>
      media.accept({ room, owner: { id: alice }, bytes: picture })
    wide = `${origin}${thumbPath((yield* put(attic, png(1_300, 50))).key)}`
    shown = `${origin}/media/chat_images/${(yield* put(lobby)).key}`
    hidden = `${origin}/media/chat_images/${(yield* put(attic)).key}`
  })
  await run(opened.pipe(Scope.provide(scope)))
}, 30_000)
afterAll(() => run(Scope.close(scope, Exit.void)))

const got = async (url: string, init: RequestInit = {}) => {
  const response = await fetch(url, init)
  return { status: response.status, headers: response.headers, body: Buffer.from(await response.arrayBuffer()) }
}
const ranged = (range: string, headers = {}) => got(shown, { headers: { range, ...headers } })

describe("an image of a public room", () => {
  test("is shown to strangers as an image and as nothing else", async () => {
    const { status, headers, body } = await got(shown)
    expect(status).toBe(200)
    expect(body).toEqual(bytes)
    const key = shown.split("/").at(-1)!
    expect(Object.fromEntries(headers)).toMatchObject({
      "content-type": "image/png",
      "content-length": String(bytes.length),
      "content-disposition": `inline; filename="${key}"`,
      "x-content-type-options": "nosniff",
      "content-security-policy": "default-src 'none'; sandbox",
      "cache-control": "public, max-age=31536000, immutable",
      etag: `"${key}"`,
      "accept-ranges": "bytes",
    })
    expect(headers.get("access-control-allow-origin")).toBeNull()
  })

  test("HEAD says the same and sends nothing", async () => {
    const { status, headers, body } = await got(shown, { method: "HEAD" })
    expect([status, headers.get("content-length"), body.length]).toEqual([200, String(bytes.length), 0])
  })

  test("is not sent again to who has it", async () => {
    const etag = (await got(shown)).headers.get("etag")!
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, "*"]) {
      const { status, headers, body } = await got(shown, { headers: { "if-none-match": known } })
      expect([status, headers.get("etag"), body.length]).toEqual([304, etag, 0])
    }
    expect((await got(shown, { headers: { "if-none-match": '"other"' } })).status).toBe(200)
  })

  test("cannot be written, and its folder not be listed", async () => {
    for (const method of ["POST", "PUT", "DELETE"])
      expect((await got(shown, { method })).headers.get("allow")).toBe("GET, HEAD")
    expect((await got(new URL(".", shown).href)).status).toBe(404)
  })
})

describe("a part of an image", () => {
  const last = bytes.length - 1
  test.each([
    ["bytes=0-9", 0, 9],
    ["bytes=10-", 10, last],
    ["bytes=-10", last - 9, last],
    ["bytes=5-99999999", 5, last],
    ["bytes=-99999999", 0, last],
    [`bytes=${last}-${last}`, last, last],
  ])("%s", async (range, start, end) => {
    const { status, headers, body } = await ranged(range)
    expect([status, headers.get("content-range")]).toEqual([206, `bytes ${start}-${end}/${bytes.length}`])
    expect(body).toEqual(bytes.subarray(start, end + 1))
  })

  test.each([`bytes=${bytes.length}-`, "bytes=-0", "bytes=99999999-100000000"])("%s lies outside", async (range) => {
    const { status, headers } = await ranged(range)
    expect([status, headers.get("content-range")]).toEqual([416, `bytes */${bytes.length}`])
  })

  test.each(["bytes=5-2", "bytes=-", "bytes=0-1,3-4", "lines=1-2", "bytes=a-b", `bytes=${"9".repeat(30)}-`])(
    "%s means all of it",
    async (range) => {
      expect(await ranged(range)).toMatchObject({ status: 200, body: bytes })
    },
  )

  test("of another image than this one means all of it", async () => {
    expect((await ranged("bytes=0-9", { "if-range": '"other"' })).status).toBe(200)
    const etag = `"${shown.split("/").at(-1)}"`
    expect((await ranged("bytes=0-9", { "if-range": etag })).status).toBe(206)
  })
})

describe("an image of a private room", () => {
  test("is shown to a member, and kept by nobody in between", async () => {
    const { status, headers } = await got(hidden, { headers: by(alice) })
    expect([status, headers.get("cache-control")]).toEqual([200, "private, max-age=31536000, immutable"])
  })

  test.each([
    ["a stranger", {}],
    ["another person", by(eve)],
    ["who knows its ETag", { "if-none-match": "*" }],
    ["who wants a part of it", { range: "bytes=0-3" }],
  ])("does not exist for %s", async (_, headers) => {
    const missing = await got(hidden.replace(/_[0-9a-f]{32}/, `_${"0".repeat(32)}`), { headers })
    const answer = await got(hidden, { headers })
    expect(answer.status).toBe(404)
    expect(answer.body.toString()).toBe('{"detail":"There is no such image."}')
    expect(answer.body).toEqual(missing.body)
    expect(answer.headers.get("cache-control")).toBe("no-store")
  })
})

describe("a thumbnail", () => {
  test("is a WebP of at most 640 pixels, with the rights of its image", async () => {
    const { status, headers, body } = await got(wide, { headers: by(alice) })
    expect([status, headers.get("content-type"), headers.get("cache-control")]).toEqual([
      200,
      "image/webp",
      "private, max-age=31536000, immutable",
    ])
    expect(headers.get("etag")).toBe(`"${wide.split("/").at(-1)}"`)
    expect(await sharp(body).metadata()).toMatchObject({ format: "webp", width: 640, height: 25 })
    expect((await got(wide, { headers: by(eve) })).status).toBe(404)
    expect((await got(wide)).status).toBe(404)
  })

  test("of a small image is the image", async () => {
    const small = shown.replace("chat_images", "thumbs").replace(".png", ".webp")
    const { headers, body } = await got(small)
    expect([headers.get("content-type"), headers.get("cache-control")]).toEqual([
      "image/png",
      "public, max-age=31536000, immutable",
    ])
    expect(body).toEqual(bytes)
    expect((await got(small.replace(/_[0-9a-f]{32}/, `_${"0".repeat(32)}`))).status).toBe(404)
  })

  test("is found by nothing but its own name", async () => {
    for (const name of [".", "..%2fchat_images", "img_1.webp", wide.split("/").at(-1)!.replace("webp", "png")])
      expect((await got(new URL(name, wide).href, { headers: by(alice) })).status).toBe(404)
  })
})

test.each(["..%2f", "%2e%2e/incoming/x", "..\\..\\x", "img_1.png", "?key=x", "%00"])("%s is no image", async (path) => {
  expect((await got(new URL(".", shown).href + path)).status).toBe(404)
})
