import { readdir, stat } from "node:fs/promises"
import { join } from "node:path"
import { StoredImage } from "@roomlog/schemas"
import { limits } from "@roomlog/schemas/limits"
import { type Effect, Exit, Schema, Scope } from "effect"
import sharp from "sharp"
import { genUploader } from "uploadthing/client"
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest"
import { run } from "../edge.ts"
import { NodeXmlHttpRequest, network } from "./testBrowser.ts"
import { alice, attic, by, eve, lobby, nowhere, openDoors, openMedia } from "./testHouse.ts"
import { pixels, png } from "./testImages.ts"
import type { UploadRouter } from "./uploadRoute.ts"

vi.setConfig({ testTimeout: 30_000 })

const scope = Scope.makeUnsafe()
let house: Effect.Success<ReturnType<typeof openMedia>>
let doors: Effect.Success<ReturnType<typeof openDoors>>
let puts: Array<string | undefined>

beforeAll(async () => {
  vi.stubGlobal("XMLHttpRequest", NodeXmlHttpRequest)
  house = await run(openMedia().pipe(Scope.provide(scope)))
  doors = await run(openDoors(house.media).pipe(Scope.provide(scope)))
  doors.http.on("request", ({ method, headers }) => method === "PUT" && puts.push(headers.range))
}, 30_000)
beforeEach(() => {
  puts = []
  network.beforeChunk = async () => {}
})
afterAll(async () => {
  vi.unstubAllGlobals()
  await run(Scope.close(scope, Exit.void))
})

const client = () => genUploader<UploadRouter>({ url: `${doors.origin}/api/uploadthing`, fetch })

const jpeg = (width: number, height: number) => sharp(png(width, height)).jpeg().toBuffer()

const file = (bytes: Uint8Array, name = "holiday.png", type = "image/png") =>
  new File([new Uint8Array(bytes)], name, { type })

const upload = async (one: File, { who = alice, room = lobby } = {}) => {
  const [uploaded] = await client().uploadFiles("image", { files: [one], input: { room }, headers: by(who) })
  return uploaded!
}

const shownAt = async (url: string) => pixels(new Uint8Array(await (await fetch(url)).arrayBuffer()))

const reason = (work: Promise<unknown>) =>
  work.then(
    () => expect.unreachable("it was not refused"),
    (error: Error) => error.message,
  )

const imagesOf = () => readdir(join(house.dir, "chat_images"))
const partsOf = async () => (await readdir(house.media.incoming)).filter((name) => name.endsWith(".part"))

describe("UploadThing's client, with the ingest of this server", () => {
  test("uploads an image, tells how far it is, and gets what was stored", async () => {
    const bytes = png(200, 150, true)
    const progress: Array<number> = []
    const [uploaded] = await client().uploadFiles("image", {
      files: [file(bytes)],
      input: { room: lobby },
      headers: by(alice),
      onUploadProgress: (now) => progress.push(now.loaded),
    })
    const image = Schema.decodeUnknownSync(StoredImage)(uploaded?.serverData)
    expect(image).toMatchObject({ type: "image/png", width: 200, height: 150 })
    expect(uploaded?.ufsUrl).toBe(`${doors.origin}/media/chat_images/${image.key}`)
    expect(await shownAt(uploaded!.ufsUrl)).toEqual(await pixels(bytes))
    expect(progress.length).toBeGreaterThan(3)
    expect(progress).toEqual(progress.toSorted((a, b) => a - b))
    expect(await partsOf()).toEqual([])
  })

  test("takes an image for what it is, whatever its name and type say", async () => {
    const { serverData } = await upload(file(await jpeg(7, 8), "really.png", "image/png"))
    expect(serverData).toMatchObject({ type: "image/jpeg", key: expect.stringMatching(/\.jpg$/), width: 7 })
  })

  test("takes names that no URL and no folder would take", async () => {
    for (const name of ["../../etc/passwd.png", "a b&signature=x?#%00.png", "写真 🌄.png", `${"n".repeat(3_000)}.png`])
      expect((await upload(file(png(1, 1), name))).serverData, name).toMatchObject({ type: "image/png" })
  })

  test("goes on where it stopped", async () => {
    const bytes = png(500, 400, true)
    const paused = Promise.withResolvers<void>()
    network.beforeChunk = (sent) => (sent > 200_000 ? paused.promise : Promise.resolve())
    const one = file(bytes)
    const going = await client().createUpload("image", { files: [one], input: { room: lobby }, headers: by(alice) })
    await vi.waitFor(async () => {
      const [part] = await partsOf()
      expect((await stat(join(house.media.incoming, part!))).size).toBeGreaterThan(100_000)
    })
    going.pauseUpload(one)
    network.beforeChunk = async () => {}
    going.resumeUpload(one)
    const { ufsUrl } = await going.done(one)
    paused.resolve()
    expect(puts.map((range) => Number(/\d+/.exec(range!)))).toEqual([0, expect.toSatisfy((at: number) => at > 100_000)])
    expect(await shownAt(ufsUrl)).toEqual(await pixels(bytes))
  })
})

describe("UploadThing's client is told why not", () => {
  test("by a sentence about the bytes, and nothing stays behind", async () => {
    const before = await imagesOf()
    const svg = Buffer.from("<svg xmlns='http://www.w3.org/2000/svg'/>")
    expect(await reason(upload(file(svg)))).toBe("Only PNG, JPEG, WebP, GIF and AVIF images can be sent.")
    expect(await reason(upload(file(png(9, 9).subarray(0, 50))))).toMatch(/damaged or not/)
    expect(await imagesOf()).toEqual(before)
    expect(await partsOf()).toEqual([])
  })

  test.each([
    ["an SVG that says so", file(Buffer.from("<svg/>"), "a.svg", "image/svg+xml"), /^Only PNG/],
    ["text", file(Buffer.from("x"), "a.txt", "text/plain"), /^Only PNG/],
    ["nothing", file(Buffer.alloc(0)), /^This file is empty/],
    ["too much", file(Buffer.alloc(limits.imageBytes + 1)), /^An image may have at most 20 MB/],
  ])("before a byte is sent, of %s", async (_, one, why) => {
    expect(await reason(upload(one))).toMatch(why)
    expect(puts).toEqual([])
  })

  test("before a byte is sent, of a room that is not for them", async () => {
    const no = "There is no such room, or you may not read it. A private room needs its invitation."
    expect(await reason(upload(file(png(1, 1)), { who: eve, room: attic }))).toBe(no)
    expect(await reason(upload(file(png(1, 1)), { room: nowhere }))).toBe(no)
    expect(await reason(upload(file(png(1, 1)), { room: "lobby" as typeof lobby }))).toMatch(/not understood/)
    expect(puts).toEqual([])
  })

  test("when they are not signed in", async () => {
    const stranger = client().uploadFiles("image", { files: [file(png(1, 1))], input: { room: lobby } })
    expect(await reason(stranger)).toBe("You are not signed in. Sign in with a name first.")
  })

  test("with a rejection beside the sentence, for programs", async () => {
    const files = [{ name: "a.png", size: 1, type: "image/png" }]
    const response = await fetch(`${doors.origin}/api/uploadthing?actionType=upload&slug=image`, {
      method: "POST",
      headers: by(alice),
      body: JSON.stringify({ files: [...files, ...files], input: { room: lobby } }),
    })
    expect(response.status).toBe(400)
    expect(await response.json()).toEqual({
      message: "Upload one image at a time.",
      rejection: { _tag: "InvalidInput", field: "image", reason: "Upload one image at a time." },
    })
  })
})
