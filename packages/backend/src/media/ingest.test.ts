import { readdir, stat, utimes, writeFile } from "node:fs/promises"
import { type ClientRequest, request } from "node:http"
import { join } from "node:path"
import { Effect, Exit, Scope } from "effect"
import { afterAll, beforeAll, expect, test, vi } from "vitest"
import { run } from "../edge.ts"
import type { MediaDoorNeeds } from "./mount.ts"
import { alice, by, lobby, openDoors, openMedia } from "./testHouse.ts"
import { png } from "./testImages.ts"

vi.setConfig({ testTimeout: 30_000 })

const scope = Scope.makeUnsafe()
let house: Effect.Success<ReturnType<typeof openMedia>>
let origin: string

const openMore = (needs: Partial<MediaDoorNeeds> = {}) =>
  run(
    openDoors(house.media, needs).pipe(
      Scope.provide(scope),
      Effect.map((doors) => doors.origin),
    ),
  )

beforeAll(async () => {
  house = await run(openMedia().pipe(Scope.provide(scope)))
  origin = await openMore()
}, 30_000)
afterAll(() => run(Scope.close(scope, Exit.void)))

const image = png(60, 50, true)
const half = 4_000

/** Asks for leave to upload a file of some size. */
const leave = async (size = image.length, headers: Record<string, string> = {}): Promise<string> => {
  const response = await fetch(`${origin}/api/uploadthing?actionType=upload&slug=image`, {
    method: "POST",
    headers: { ...by(alice), ...headers },
    body: JSON.stringify({ files: [{ name: "a.png", size, type: "image/png" }], input: { room: lobby } }),
  })
  const [{ url }] = (await response.json()) as [{ url: string }]
  return url
}

const wrapped = async (bytes: Uint8Array) => {
  const form = new FormData()
  form.append("file", new File([new Uint8Array(bytes)], "a.png", { type: "image/png" }))
  const encoded = new Response(form)
  const body = Buffer.from(await encoded.arrayBuffer())
  return { body, type: encoded.headers.get("content-type")! }
}

const put = async (url: string, bytes: Uint8Array, start = 0) => {
  const { body, type } = await wrapped(bytes)
  const headers = { "content-type": type, range: `bytes=${start}-` }
  const response = await fetch(url, { method: "PUT", headers, body })
  return { status: response.status, headers: response.headers, said: (await response.json()) as object }
}

const arrived = async (url: string) => {
  const { status, headers } = await fetch(url, { method: "HEAD" })
  expect(status).toBe(200)
  return Number(headers.get("x-ut-range-start"))
}

const parts = async () => (await readdir(house.media.incoming)).filter((name) => name.endsWith(".part"))

/** Sends the first half and keeps the connection open until it is destroyed. */
const hanging = async (url: string): Promise<ClientRequest> => {
  const before = await parts()
  const { body, type } = await wrapped(image)
  const sending = request(url, {
    method: "PUT",
    headers: { "content-type": type, "content-length": body.length, range: "bytes=0-" },
  })
  sending.on("error", () => undefined)
  const front = body.indexOf("\r\n\r\n") + 4
  sending.write(body.subarray(0, front + half))
  await vi.waitFor(async () => {
    const [mine] = (await parts()).filter((name) => !before.includes(name))
    expect((await stat(join(house.media.incoming, mine!))).size).toBe(half)
  })
  return sending
}

const whole = { status: 200, said: { serverData: { type: "image/png", width: 60 } } }

test("a cut connection costs nothing that had arrived", async () => {
  const url = await leave()
  ;(await hanging(url)).destroy()
  expect(await arrived(url)).toBe(half)
  expect(await put(url, image.subarray(half), half)).toMatchObject(whole)
})

test("a connection that hangs gives way to the next one", async () => {
  const url = await leave()
  const dead = await hanging(url)
  const ended = new Promise((resolve) => dead.on("close", resolve))
  expect(await arrived(url)).toBe(half)
  await ended
  expect(await put(url, image.subarray(half), half)).toMatchObject(whole)
})

test("a restart costs nothing that had arrived", async () => {
  const url = await leave()
  ;(await hanging(url)).destroy()
  const restarted = url.replace(origin, await openMore())
  expect(await arrived(url)).toBe(half)
  expect(await arrived(restarted)).toBe(half)
  expect(await put(restarted, image.subarray(half), half)).toMatchObject(whole)
})

test("who did not hear the answer asks again, and the image is stored once", async () => {
  const url = await leave()
  const first = await put(url, image)
  expect(first).toMatchObject(whole)
  expect(await arrived(url)).toBe(image.length)
  expect((await put(url, new Uint8Array(), image.length)).said).toEqual(first.said)
  expect((await put(url, image)).said).toEqual(first.said)
})

test("going on elsewhere than where the file ends is refused, with the place", async () => {
  const url = await leave()
  const { status, headers } = await put(url, image.subarray(half), half)
  expect([status, headers.get("x-ut-range-start")]).toEqual([409, "0"])
  expect(await put(url, image)).toMatchObject(whole)
})

test("more than was announced is not written, less is not kept", async () => {
  const url = await leave(half)
  expect((await put(url, png(200, 200, true))).status).toBe(413)
  expect((await put(url, image.subarray(0, half + 1))).status).toBe(400)
  expect((await put(url, image.subarray(0, half - 1))).status).toBe(400)
  expect(await parts()).toEqual([])
  expect(await arrived(url)).toBe(0)
})

test("what is not one file in a multipart body is not kept", async () => {
  const url = await leave(100)
  for (const [type, body] of [
    ["application/json", JSON.stringify({ a: "x".repeat(100) })],
    ["multipart/form-data", "--x\r\n\r\n"],
    ["multipart/form-data; boundary=x", `--x\r\n\r\n${"a".repeat(100)}\r\n--x\r\n\r\nmore\r\n--x--`],
    ["multipart/form-data; boundary=x", "a".repeat(8_000)],
  ] as const)
    expect((await fetch(url, { method: "PUT", headers: { "content-type": type }, body })).status, type).toBe(400)
  expect(await parts()).toEqual([])
})

test("a leave that was changed, forged or is over lets nobody in", async () => {
  const url = await leave()
  const { searchParams } = new URL(url)
  const size = searchParams.get("x-ut-file-size")!
  const later = url.replace(origin, await openMore({ now: () => Date.now() + 2 * 60 * 60 * 1000 }))
  const elsewhere = url.replace(origin, await openMore({ secret: "another" }))
  for (const wrong of [
    url.replace(`size=${size}`, `size=${Number(size) + 1}`),
    url.replace("/ingest/", "/ingest/x"),
    url.replace(/signature=.*/, `signature=hmac-sha256%3D${"0".repeat(64)}`),
    url.replace(/&signature=.*/, ""),
    `${url}&x-ut-file-size=1`,
    later,
    elsewhere,
    `${origin}/ingest/`,
    `${origin}/ingest/..%2f..%2fx?signature=`,
  ]) {
    expect((await fetch(wrong, { method: "HEAD" })).status, wrong).toBe(403)
    expect(await put(wrong, image)).toMatchObject({ status: 403, said: { error: /./ } })
  }
})

test("what UploadThing's server tells its ingest cannot be told over the network", async () => {
  for (const path of ["route-metadata", "callback-result"])
    expect((await fetch(`${origin}/ingest/${path}`, { method: "POST", body: "{}" })).status).toBe(405)
  const forged = await fetch(`${origin}/api/uploadthing?slug=image`, {
    method: "POST",
    headers: { "uploadthing-hook": "callback", "x-uploadthing-signature": `hmac-sha256=${"0".repeat(64)}` },
    body: JSON.stringify({ status: "uploaded", metadata: { room: lobby, owner: alice }, origin: "http://x", file: {} }),
  })
  expect(forged.status).toBe(400)
})

test("pages of other origins get no leave to read any of it", async () => {
  const url = await leave()
  for (const [method, address] of [
    ["HEAD", url],
    ["OPTIONS", url],
    ["OPTIONS", `${origin}/api/uploadthing`],
    ["GET", `${origin}/api/uploadthing`],
  ] as const) {
    const { headers } = await fetch(address, { method, headers: { origin: "https://evil.example" } })
    expect([...headers.keys()].filter((name) => name.startsWith("access-control"))).toEqual([])
  }
})

test("a page uploads to where it came from", async () => {
  expect(await leave(10, { origin: "http://chat.example:8080" })).toMatch(/^http:\/\/chat\.example:8080\/ingest\//)
})

test("a request that never ends is not read to its end", async () => {
  const response = await fetch(`${origin}/api/uploadthing?actionType=upload&slug=image`, {
    method: "POST",
    headers: by(alice),
    body: "x".repeat(70_000),
  })
  expect(response.status).toBe(413)
})

test("what nobody continued for a day is collected", async () => {
  const old = join(house.media.incoming, "old.part")
  const young = join(house.media.incoming, "young.part")
  await Promise.all([writeFile(old, "x"), writeFile(young, "x")])
  const yesterday = Date.now() / 1000 - 25 * 60 * 60
  await utimes(old, yesterday, yesterday)
  await run(house.media.collect())
  expect(await parts()).toEqual(["young.part"])
})
