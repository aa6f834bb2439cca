import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Browser, BrowserContext, Page } from "playwright-core"
import { launchBrowser } from "../browser.ts"
import { ServerProcess } from "../serverProcess.ts"

/** A server with its built page, and a browser to look at it. */
export interface House {
  readonly server: ServerProcess
  readonly browser: Browser
  readonly close: () => Promise<void>
}

/** Opens a house where nobody is too fast. */
export const openHouse = async (settings: Record<string, string> = {}): Promise<House> => {
  const folder = await mkdtemp(join(tmpdir(), "roomlog-page-"))
  const generous = { RATE_POSTS: "100000/1", RATE_JOINS: "1000/1", RATE_UPLOADS: "1000/1", RATE_SIGN_INS: "1000/1" }
  const server = await ServerProcess.start(join(folder, "data"), { ...generous, ...settings })
  const browser = await launchBrowser()
  return {
    server,
    browser,
    close: async () => {
      await browser.close()
      await server.kill()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** A page of its own browser profile, in a room. */
export const pageOf = async (house: House, [name, room]: [string, string], profile?: BrowserContext): Promise<Page> => {
  const page = await (profile ?? (await house.browser.newContext())).newPage()
  await page.goto(`${house.server.url}/chat/${room}/`)
  await page.locator("[name=username]").fill(name)
  await page.locator("[name=username]").press("Enter")
  await page.getByRole("textbox", { name: `Message to #${room}` }).waitFor()
  return page
}

/** Writes a message and waits until it is there. */
export const say = async (page: Page, text: string): Promise<void> => {
  const field = page.getByRole("textbox", { name: "Message to" })
  await field.fill(text)
  await field.press("Enter")
  await settled(page, text).waitFor()
}

/** The messages with a text that the server has. */
export const settled = (page: Page, text: string) => page.locator("li.message:not(.pending)", { hasText: text })
