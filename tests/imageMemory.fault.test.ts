import { randomUUID } from "node:crypto"
import { readdirSync, readFileSync } from "node:fs"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import sharp from "sharp"
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest"
import { ServerProcess } from "./serverProcess.ts"

// What images cost a server in memory and processes, from outside. Only Linux tells.

vi.setConfig({ testTimeout: 180_000, hookTimeout: 120_000 })

let dataDir: string
let server: ServerProcess
let headers: Record<string, string>
const room = randomUUID()

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "roomlog-image-memory-"))
  server = await ServerProcess.start(dataDir, { RATE_UPLOADS: "1000/1", LOG_LEVEL: "silent" })
  const { token } = await call<{ readonly token: string }>("identity.signIn", { name: "Ann" })
  headers = { authorization: `Bearer ${token}` }
  await call("room.create", { commandId: randomUUID(), room, name: "attic", topic: "", visibility: "public" })
})
afterAll(async () => {
  await server.kill()
  await rm(dataDir, { recursive: true })
})

const call = async <A>(path: string, input: object): Promise<A> => {
  const response = await fetch(`${server.url}/trpc/${path}`, {
    method: "POST",
    headers: { ...headers, "content-type": "application/json" },
    body: JSON.stringify(input),
  })
  return ((await response.json()) as { result: { data: A } }).result.data
}

/** The kind that was stored, or why not. */
const upload = async (bytes: Buffer): Promise<string> => {
  const leave = await fetch(`${server.url}/api/uploadthing?actionType=upload&slug=image`, {
    method: "POST",
    headers,
    body: JSON.stringify({ files: [{ name: "a.png", size: bytes.length, type: "image/png" }], input: { room } }),
  })
  const [{ url }] = (await leave.json()) as [{ url: string }]
  const body = new FormData()
  body.append("file", new File([new Uint8Array(bytes)], "a.png"))
  const put = await fetch(url, { method: "PUT", headers: { range: "bytes=0-" }, body })
  const said = (await put.json()) as { readonly error?: string; readonly serverData?: { readonly type: string } }
  return said.serverData?.type ?? said.error ?? ""
}

const stat = (pid: string) =>
  readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /, "")
    .split(" ")
const decoders = (): ReadonlyArray<number> =>
  readdirSync("/proc").flatMap((pid) => {
    try {
      return /^\d+$/.test(pid) && stat(pid)[1] === String(server.pid) ? [Number(pid)] : []
    } catch {
      return []
    }
  })
const isThere = (pid: number): boolean => {
  try {
    return stat(String(pid))[0] !== "Z"
  } catch {
    return false
  }
}
/** Megabytes that the server and its decoders hold. */
const held = (): number =>
  [server.pid!, ...decoders()].reduce((sum, pid) => {
    try {
      return sum + (Number(readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1]) * 4096) / 1e6
    } catch {
      return sum
    }
  }, 0)

const flat = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 4, background: "#33669980" }, limitInputPixels: false })
const moving = (frames: number, width: number, height: number) =>
  sharp(Buffer.alloc(frames * width * height * 3, "abc"), {
    raw: { width, height: height * frames, channels: 3, pageHeight: height },
  })

/** As large as each kind may be. */
const worst: Record<string, () => Promise<Buffer>> = {
  "a PNG of 40 megapixels": () => flat(8_000, 5_000).png().toBuffer(),
  "an interlaced PNG of 27": () => flat(5_400, 5_000).png({ progressive: true }).toBuffer(),
  "a JPEG of 40, taken sideways": () => flat(8_000, 5_000).withMetadata({ orientation: 6 }).jpeg().toBuffer(),
  "a progressive JPEG of 23": () =>
    flat(4_600, 5_000).jpeg({ progressive: true, chromaSubsampling: "4:4:4" }).toBuffer(),
  "a WebP of 12": () => flat(4_000, 3_000).removeAlpha().webp({ effort: 0, quality: 50 }).toBuffer(),
  "a WebP of 7, with alpha": () => flat(3_500, 2_000).webp({ effort: 0 }).toBuffer(),
  "a GIF of 8": () => flat(4_000, 2_000).gif({ effort: 1 }).toBuffer(),
  "an AVIF of 6": () => flat(3_000, 2_000).removeAlpha().avif({ effort: 0, quality: 40 }).toBuffer(),
  "an animated WebP of 28": () => moving(70, 800, 500).webp({ effort: 0 }).toBuffer(),
  "20 MB behind a picture": async () => Buffer.concat([await flat(9, 9).png().toBuffer(), Buffer.alloc(20_000_000)]),
}

describe.runIf(process.platform === "linux")("images on a server", () => {
  test("grow its memory by at most 300 MB, whatever they are, and all of it comes back", async () => {
    const files: Array<readonly [string, Buffer]> = []
    for (const [name, make] of Object.entries(worst)) files.push([name, await make()])
    // What a server has that has been at work: its code compiled, its young heap as large as it gets.
    const photo = await flat(1_500, 1_000).jpeg().toBuffer()
    for (let n = 0; n < 40; n++) expect(await upload(photo)).toBe("image/jpeg")
    await vi.waitFor(() => expect(decoders()).toEqual([]), 30_000)
    const before = held()
    let most = before
    const watch = setInterval(() => {
      most = Math.max(most, held())
    }, 20)
    const said = await Promise.all(files.map(async ([name, bytes]) => `${name}: ${await upload(bytes)}`))
    clearInterval(watch)
    await vi.waitFor(() => expect(decoders()).toEqual([]), 30_000)
    console.log(
      [...said, `before ${before.toFixed()} MB, most ${most.toFixed()}, after ${held().toFixed()}`].join("\n"),
    )
    for (const one of said) expect(one).not.toContain("memory")
    expect(most - before).toBeLessThan(300)
    await vi.waitFor(() => expect(held() - before).toBeLessThan(100), 60_000)
  })

  test("leave no process behind when it is killed, however it ends", async () => {
    const long = await worst["an interlaced PNG of 27"]!()
    for (const end of ["kill", "stop"] as const) {
      const going = upload(long).catch(() => "gone")
      await vi.waitFor(() => expect(decoders().length).toBeGreaterThan(0), 30_000)
      const pids = decoders()
      await server[end]()
      await going
      await vi.waitFor(() => expect(pids.filter(isThere)).toEqual([]), 30_000)
      await server.start()
    }
  })
})
