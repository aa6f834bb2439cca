import type { Page } from "playwright-core"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { openStage, type Stage } from "../../dev/stage.ts"

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
}, 120_000)
afterAll(() => stage.close())

const keys = (page: Page) => page.getByRole("dialog", { name: "Keyboard" })
const callForKeys = async (page: Page) => {
  await page.getByRole("button", { name: "About this room" }).waitFor()
  await page.keyboard.press("Control+/")
}
const loaded = (page: Page, ...names: ReadonlyArray<string>) =>
  Promise.all(
    names.map((name) => page.waitForEvent("requestfinished", (one) => one.url().includes(`/assets/${name}-`))),
  )

describe("what comes later", () => {
  test("is there soon after the messages, also without the server, and looks as it should", () =>
    stage.play({ allowed: /ERR_INTERNET_DISCONNECTED/ }, async (page) => {
      await loaded(page, "later", "keysDialog", "dialog")
      await page.context().setOffline(true)
      await callForKeys(page)
      await keys(page).waitFor()
      expect(await keys(page).evaluate((dialog) => getComputedStyle(dialog).borderRadius)).toBe("16px")
    }))

  test("comes at once to whoever asks in the first second", () =>
    stage.play({}, async (page) => {
      await callForKeys(page)
      await keys(page).waitFor()
    }))

  test("comes after all when the server was away at first", () =>
    stage.play({ allowed: /ERR_FAILED/ }, async (page) => {
      await page.route("**/assets/*", (route) => route.abort())
      const refused = page.waitForEvent("requestfailed")
      await callForKeys(page)
      await refused
      await page.unroute("**/assets/*")
      await keys(page).waitFor()
    }))
})
