import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { mkdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import type { Roomlog } from "@roomlog/client"
import { startRoomlog } from "@roomlog/testing"
import { afterAll, beforeAll, describe, expect, test } from "vitest"

const readme = await readFile(join(import.meta.dirname, "../README.md"), "utf8")
const folder = join(import.meta.dirname, ".examples")

describe("the README's examples", () => {
  let server: Awaited<ReturnType<typeof startRoomlog>>
  let ann: Roomlog

  beforeAll(async () => {
    server = await startRoomlog()
    ann = await server.signedIn("Ann")
  })
  afterAll(() => server[Symbol.asyncDispose]())

  test("a service says something and reads what was said", async () => {
    const output = await finished(await start("service", server.url))
    expect(output).toContain("things have happened here lately")
    const [, token = ""] = /ROOMLOG_TOKEN=(\S+)/.exec(output)!
    expect(await finished(await start("service", server.url, { ROOMLOG_TOKEN: token }))).toContain("have happened here")
    expect(await said(ann, "harbour")).toContain("Water stands at **+0.42 m**")
  })

  test("a bot answers", async () => {
    const bot = await start("bot", server.url)
    try {
      const room = ann.open((await ann.rooms.enter("harbour")).room)
      await room.ready
      await until(room.state, ({ here }) => here.some(({ name }) => name === "Echo"))
      await room.post({ text: "!echo is there anybody" })
      await until(room.state, ({ items }) => items.some((item) => "text" in item && item.text === "is there anybody"))
      room.close()
    } finally {
      bot.kill()
    }
  })

  test("a test double starts, is used and ends", async () => {
    expect(await finished(await start("test double", server.url))).toMatch(/hello stands at \d+/)
  })

  test("an old client joins and speaks", async () => {
    await finished(await start("old client", server.url))
    expect(await said(ann, "harbour")).toContain("still here")
  })
})

/** Runs the README's code block of this name as it stands there. */
const start = async (name: string, url: string, more: Record<string, string> = {}): Promise<ChildProcess> => {
  const code = [...readme.matchAll(/```ts\n(.*?)```/gs)]
    .map(([, body]) => body!)
    .find((body) => body.startsWith(`// example: ${name}\n`))
  if (code === undefined) throw new Error(`the README has no example called ${name}`)
  await mkdir(folder, { recursive: true })
  const file = join(folder, `${name.replaceAll(" ", "-")}.ts`)
  await writeFile(file, code)
  return spawn(process.execPath, [file], {
    env: { ...process.env, ROOMLOG_URL: url, ...more },
    stdio: ["ignore", "pipe", "pipe"],
  })
}

/** What a program printed, once it has ended well. */
const finished = async (child: ChildProcess): Promise<string> => {
  let output = ""
  child.stdout!.on("data", (data) => (output += data))
  child.stderr!.on("data", (data) => (output += data))
  const [code] = await once(child, "close")
  expect(code, output).toBe(0)
  return output
}

const said = async (roomlog: Roomlog, name: string): Promise<ReadonlyArray<string>> => {
  const { room } = await roomlog.rooms.enter(name)
  const { items } = await roomlog.history({ room })
  return items.flatMap((item) => (item._tag === "Message" ? [item.text] : []))
}

/** Waits until something that can be watched is so. */
const until = <T>(
  readable: { get: () => T; watch: (changed: (value: T) => void) => () => void },
  isSo: (value: T) => boolean,
): Promise<void> =>
  new Promise((resolve) => {
    if (isSo(readable.get())) return resolve()
    const stop = readable.watch((value) => {
      if (!isSo(value)) return
      stop()
      resolve()
    })
  })
