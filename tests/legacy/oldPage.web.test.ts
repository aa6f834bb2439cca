import { mkdtemp, readFile, rm } from "node:fs/promises"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Browser, Page } from "playwright-core"
import { afterAll, beforeAll, expect, test } from "vitest"
import { launchBrowser } from "../browser.ts"
import { ServerProcess } from "../serverProcess.ts"
import { OldClient, pixel, pixelUrl } from "./sockets.ts"

let folder: string
let server: ServerProcess
let browser: Browser
let oldSite: Server
let strangeSite: Server

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "roomlog-old-page-"))
  oldSite = await site()
  strangeSite = await site()
  const generous = { RATE_POSTS: "1000/1", RATE_JOINS: "1000/1", RATE_UPLOADS: "1000/1", RATE_OLD_JOINS: "1000/1" }
  server = await ServerProcess.start(join(folder, "data"), { ...generous, ALLOWED_ORIGINS: originOf(oldSite) })
  browser = await launchBrowser()
})
afterAll(async () => {
  await browser?.close()
  await server?.kill()
  for (const one of [oldSite, strangeSite]) one?.close()
  await rm(folder, { recursive: true, force: true })
})

test.each([
  ["2", { resumes: false }],
  ["4", { resumes: true }],
])(
  "the old page with Socket.IO %s and a person on the page of today talk, over the server's death",
  async (version, { resumes }) => {
    const room = `quay ${version}`
    const ann = await todaysPage(`Ann ${version}`, room)
    const old = await oldPage({ username: `Old ${version}`, room, version, resumes })
    const script = new OldClient({ url: server.url, version: version === "2" ? 2 : 4, resumes: true })
    await script.join(`Script ${version}`, room)
    await old.locator("li.system", { hasText: `Script ${version} has joined the room` }).waitFor()

    await say(ann, room, "hello <i>old</i> page")
    await say(old, room, "hello <b>new</b> page")
    expect(await script.send({ message: "hello pages" })).toBe(true)
    await has(ann, ["hello <i>old</i> page", "hello <b>new</b> page", "hello pages"])
    await has(old, ["hello <i>old</i> page", "hello <b>new</b> page", "hello pages"])
    await old.locator("#image").setInputFiles({ name: "quay.png", mimeType: "image/png", buffer: pixel })
    await shows(ann, 1)
    await shows(old, 1)
    await show(ann, "boat")
    expect(await script.send({ image: pixelUrl, content_type: "image" })).toBe(true)
    await shows(ann, 3)
    await shows(old, 3)

    const before = script.heard.length
    await server.kill()
    await say(ann, room, "said while the server was away", false)
    await server.start()
    await script.hears("said while the server was away")
    await script.hears(`Script ${version} has joined`, before)
    await old.waitForFunction((own) => {
      const lines = [...document.querySelectorAll("li.system")].map((line) => line.textContent)
      return lines.filter((line) => line?.includes(own)).length === 2
    }, `Old ${version} has joined the room`)
    await say(old, room, "and on we go")
    await has(ann, ["said while the server was away", "and on we go"])
    await script.hears("and on we go")

    const texts = ["hello <i>old</i> page", "hello <b>new</b> page", "hello pages"]
    const after = ["said while the server was away", "and on we go"]
    expect(await textsOf(ann)).toEqual([...texts, ...after])
    expect(await textsOf(old)).toEqual(resumes ? [...texts, ...after] : expect.arrayContaining([...texts, after[1]]))
    expect(new Set(await textsOf(old)).size).toBe((await textsOf(old)).length)
    const scripted = script.said.filter((line) => !line.includes("/media/")).map((line) => line.replace(/^[^:]*: /, ""))
    expect(scripted).toEqual([...texts, ...after])
    script.close()
    await old.close()
    await ann.close()
  },
)

test("a page of an origin that is not allowed gets nothing", async () => {
  const page = await (await browser.newContext()).newPage()
  const refused = page.waitForEvent("requestfailed", (asked) => asked.url().startsWith(`${server.url}/socket.io/`))
  await page.goto(addressOf(strangeSite, { username: "Mallory", room: "quay 4", version: "4", resumes: false }))
  await refused
  expect(await page.locator("li").count()).toBe(0)
})

interface Visit {
  readonly username: string
  readonly room: string
  readonly version: string
  readonly resumes: boolean
}

/** The site that the old page comes from: the page, and the Socket.IO of its time. */
const site = async (): Promise<Server> => {
  const page = await readFile(join(import.meta.dirname, "oldPage.html"), "utf8")
  const packages = join(import.meta.dirname, "../../node_modules")
  const scripts: Readonly<Record<string, string>> = {
    2: await readFile(join(packages, "socket.io-client-2/dist/socket.io.js"), "utf8"),
    4: await readFile(join(packages, "socket.io-client/dist/socket.io.js"), "utf8"),
  }
  const http = createServer((request, response) => {
    const [, version] = /^\/(\d)\.js$/.exec(request.url ?? "") ?? []
    const asked = new URL(request.url ?? "/", "http://site").searchParams.get("version") ?? ""
    response.writeHead(200, { "content-type": version ? "text/javascript" : "text/html" })
    response.end(version ? scripts[version] : page.replace("/socket.io.js", `/${asked}.js`))
  })
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve))
  return http
}

const originOf = (http: Server): string => `http://127.0.0.1:${(http.address() as AddressInfo).port}`

const addressOf = (http: Server, { username, room, version, resumes }: Visit): string =>
  `${originOf(http)}/?${new URLSearchParams({ server: server.url, username, room, version, resumes: resumes ? "1" : "" })}`

const oldPage = async (visit: Visit): Promise<Page> => {
  const page = await (await browser.newContext()).newPage()
  await page.goto(addressOf(oldSite, visit))
  await page.locator("li.system", { hasText: `${visit.username} has joined the room` }).waitFor()
  return page
}

const todaysPage = async (name: string, room: string): Promise<Page> => {
  const page = await (await browser.newContext()).newPage()
  await page.goto(`${server.url}/`)
  await page.locator("[name=username]").fill(name)
  await page.locator("[name=room_name]").fill(room)
  await page.locator("[name=username]").press("Enter")
  await page.getByRole("textbox", { name: `Message to #${room}` }).waitFor()
  return page
}

/** Says something on either page, and waits until it stands there. */
const say = async (page: Page, room: string, text: string, settled = true): Promise<void> => {
  const isOld = (await page.locator("#chat").count()) > 0
  const composer = isOld ? page.locator("#message") : page.getByRole("textbox", { name: `Message to #${room}` })
  await composer.fill(text)
  await composer.press("Enter")
  if (settled) await has(page, [text])
}

const has = async (page: Page, texts: ReadonlyArray<string>): Promise<void> => {
  for (const text of texts) await page.locator("li.line, li.message:not(.pending)", { hasText: text }).waitFor()
}

/** Waits until a page shows so many images that have come. */
const shows = async (page: Page, count: number): Promise<void> => {
  await page.waitForFunction((wanted) => {
    const images = [...document.querySelectorAll<HTMLImageElement>("li.line img, li.message img")]
    return images.length === wanted && images.every(({ naturalWidth }) => naturalWidth > 0)
  }, count)
}

const show = async (page: Page, name: string): Promise<void> => {
  await page.locator("input[type=file]").setInputFiles({ name: `${name}.png`, mimeType: "image/png", buffer: pixel })
  await page.getByRole("button", { name: `Remove ${name}.png` }).waitFor()
  await page.getByRole("button", { name: "Send" }).click()
}

/** The texts that people said, in the order in which a page shows them. */
const textsOf = (page: Page): Promise<ReadonlyArray<string>> =>
  page
    .locator("li.line:not(:has(img)), li.message:not(:has(img)) .text")
    .evaluateAll((lines) =>
      lines.map((line) => (line.textContent ?? "").trim().replace(/^Old \d: |^Ann \d: |^Script \d: /, "")),
    )
