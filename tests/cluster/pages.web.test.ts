import type { Browser, Page } from "playwright-core"
import { afterAll, beforeAll, expect, test } from "vitest"
import { launchBrowser } from "../browser.ts"
import { type Cluster, startCluster } from "./cluster.ts"

let cluster: Cluster
let browser: Browser
beforeAll(async () => {
  cluster = await startCluster({ nodes: 3, settings: { RATE_SIGN_INS: "100/1", RATE_POSTS: "1000/1" } })
  browser = await launchBrowser()
})
afterAll(async () => {
  await browser?.close()
  await cluster?.stop()
})

test("any node dies under two open pages, and they go on talking", { timeout: 180_000 }, async () => {
  const [ann, bea] = [await pageOf("Ann"), await pageOf("Bea")]
  const said: string[] = []
  const talk = async (page: Page, text: string): Promise<void> => {
    const composer = page.getByRole("textbox", { name: "Message to #harbour" })
    await composer.fill(text)
    await composer.press("Enter")
    said.push(text)
    for (const reader of [ann, bea]) {
      await reader.locator("li.message:not(.pending):not(.failed)", { hasText: text }).waitFor()
      // It shows only when the server has been away for some seconds.
      expect(await reader.locator(".banner").count()).toBe(0)
    }
  }
  await talk(ann, "everybody here?")
  for (const [n, node] of cluster.nodes.entries()) {
    await node.kill()
    await talk(n % 2 === 0 ? ann : bea, `node ${n} is gone`)
    await talk(n % 2 === 0 ? bea : ann, `and I hear you without ${n}`)
    await node.start()
  }
  for (const page of [ann, bea]) {
    await page.getByRole("img", { name: "Connected", exact: true }).first().waitFor()
    expect(await page.locator("li.message .text").allTextContents()).toEqual(said)
    expect(await page.locator(".failed").count()).toBe(0)
  }
})

const pageOf = async (name: string): Promise<Page> => {
  const page = await (await browser.newContext()).newPage()
  await page.goto(`${cluster.url}/`)
  await page.locator("[name=username]").fill(name)
  await page.locator("[name=room_name]").fill("harbour")
  await page.locator("[name=username]").press("Enter")
  await page.getByRole("textbox", { name: "Message to #harbour" }).waitFor()
  return page
}
