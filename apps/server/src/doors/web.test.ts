import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { afterAll, beforeAll, expect, test } from "vitest"
import { webDoor } from "./web.ts"

const http = createServer(webDoor())

beforeAll(async () => once(http.listen(0, "127.0.0.1"), "listening"))
afterAll(() => http.close())

const ask = (path: string, encoding: string) =>
  fetch(`http://127.0.0.1:${(http.address() as AddressInfo).port}${path}`, { headers: { "accept-encoding": encoding } })

test.each(["br", "gzip"])("the page and its script go over the wire as %s to whoever reads it", async (encoding) => {
  const page = await ask("/chat/lobby/", encoding)
  const html = await page.text()
  expect([page.status, page.headers.get("content-encoding"), page.headers.get("cache-control")]).toEqual([
    200,
    encoding,
    "no-cache",
  ])
  const script = await ask(/src="([^"]+\.js)"/.exec(html)![1]!, encoding)
  expect(script.headers.get("content-encoding")).toBe(encoding)
  expect(script.headers.get("content-type")).toContain("javascript")
  expect(Number(script.headers.get("content-length"))).toBeLessThan((await script.text()).length / 2)
})

test("whoever reads no compression gets the plain page", async () => {
  const page = await ask("/", "identity")
  expect([page.headers.get("content-encoding"), page.headers.get("vary")]).toEqual([null, "Accept-Encoding"])
  expect(await page.text()).toContain("<title>Roomlog</title>")
})
