import { readdir } from "node:fs/promises"
import { limits } from "@roomlog/schemas/limits"
import { type Effect, Exit, Scope } from "effect"
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest"
import { run } from "../edge.ts"
import { sign } from "./presigned.ts"
import { alice, by, lobby, openDoors, openMedia } from "./testHouse.ts"
import { pixels, png } from "./testImages.ts"

vi.setConfig({ testTimeout: 60_000 })

const apiKey = "sk_live_of_the_service"
const token = Buffer.from(JSON.stringify({ apiKey, appId: "app", regions: ["fra1"] })).toString("base64")
const image = new Uint8Array(png(4, 3))

const scope = Scope.makeUnsafe()
let house: Effect.Success<ReturnType<typeof openMedia>>
let origin: string
/** What the service was asked for, and what it answers. */
let asked: Array<{ readonly url: string; readonly body: unknown }>
let files: Record<string, () => Response>

const service: typeof fetch = async (input, init) => {
  const request = new Request(input, init)
  const body: unknown = request.method === "POST" ? await request.json() : undefined
  asked.push({ url: request.url, body })
  if (request.method === "POST") return Response.json({ ok: true })
  return files[request.url]?.() ?? new Response("", { status: 404 })
}

beforeAll(async () => {
  house = await run(openMedia().pipe(Scope.provide(scope)))
  const doors = openDoors(house.media, { uploadthingToken: token, fetch: service })
  origin = (await run(doors.pipe(Scope.provide(scope)))).origin
}, 30_000)
beforeEach(() => {
  asked = []
  files = {}
})
afterAll(() => run(Scope.close(scope, Exit.void)))

const askedAt = (path: string) =>
  vi.waitFor(() => {
    const found = asked.find(({ url }) => url.endsWith(path))
    expect(found).toBeDefined()
    return found!.body as Record<string, unknown>
  }, 30_000)

/** Asks for leave, and lets the service say that the file is at an address. Answers what the client would get. */
const uploaded = async (ufsUrl: string, { mixedUp = false } = {}) => {
  const response = await fetch(`${origin}/api/uploadthing?actionType=upload&slug=image`, {
    method: "POST",
    headers: by(alice),
    body: JSON.stringify({ files: [{ name: "me.png", size: 9, type: "image/png" }], input: { room: lobby } }),
  })
  const [{ url, key, name }] = (await response.json()) as [{ url: string; key: string; name: string }]
  expect(url).toMatch(/^https:\/\/fra1\.ingest\.uploadthing\.com\//)
  const { metadata, callbackUrl } = await askedAt("/route-metadata")
  expect(callbackUrl).toMatch(`${origin}/api/uploadthing`)
  const file = { name: mixedUp ? "other.png" : name, size: 9, type: "image/png", customId: null, key, fileHash: "" }
  const told = { ...file, url: ufsUrl, appUrl: ufsUrl, ufsUrl }
  const body = JSON.stringify({
    status: "uploaded",
    metadata,
    origin: "https://fra1.ingest.uploadthing.com",
    file: told,
  })
  const heard = await fetch(`${origin}/api/uploadthing?slug=image`, {
    method: "POST",
    headers: { "uploadthing-hook": "callback", "x-uploadthing-signature": sign(apiKey, body) },
    body,
  })
  expect(heard.status).toBe(200)
  const { fileKey, callbackData } = await askedAt("/callback-result")
  expect(fileKey).toBe(key)
  expect((await readdir(house.media.incoming)).filter((one) => one.endsWith(".part"))).toEqual([])
  return callbackData as Record<string, unknown>
}

test("an image that the service took in is brought home and served from here", async () => {
  files["https://app.ufs.sh/f/1"] = () => new Response(image)
  const stored = await uploaded("https://app.ufs.sh/f/1")
  expect(stored).toMatchObject({ type: "image/png", width: 4, height: 3 })
  const served = await fetch(`${origin}/media/chat_images/${stored["key"]}`)
  expect(await pixels(new Uint8Array(await served.arrayBuffer()))).toEqual(await pixels(image))
})

test("the file's own name is not told to the service", async () => {
  files["https://utfs.io/f/2"] = () => new Response(image)
  await uploaded("https://utfs.io/f/2")
  expect(JSON.stringify(asked)).not.toContain("me.png")
})

test("what is no image is refused with its reason", async () => {
  files["https://app.ufs.sh/f/3"] = () => new Response("<svg/>", { headers: { "content-type": "image/png" } })
  expect(await uploaded("https://app.ufs.sh/f/3")).toEqual({ error: expect.stringMatching(/^Only PNG/) })
})

test("two uploads that got the same key are not mistaken for each other", async () => {
  files["https://app.ufs.sh/f/4"] = () => new Response(image)
  expect(await uploaded("https://app.ufs.sh/f/4", { mixedUp: true })).toEqual({
    error: expect.stringMatching(/mixed up/),
  })
})

test.each([
  "http://app.ufs.sh/f/1",
  "https://app.ufs.sh.evil.example/f/1",
  "https://app.ufs.sh@evil.example/f/1",
  "https://evilufs.sh/f/1",
  "https://127.0.0.1/f/1",
  "https://app.ufs.sh:8443/f/1",
  "file:///etc/passwd",
])("%s is not fetched", async (address) => {
  expect(await uploaded(address)).toEqual({ error: "The server could not keep the image. Try again." })
  expect(asked.map(({ url }) => url)).not.toContain(address)
})

test("a file without an end is given up", async () => {
  const chunk = new Uint8Array(1024 * 1024)
  let sent = 0
  files["https://app.ufs.sh/f/5"] = () =>
    new Response(
      new ReadableStream({
        pull: (out) => {
          sent += chunk.length
          out.enqueue(chunk)
        },
      }),
    )
  expect(await uploaded("https://app.ufs.sh/f/5")).toEqual({ error: expect.stringMatching(/could not keep/) })
  expect(sent).toBeLessThan(2 * limits.imageBytes)
})
