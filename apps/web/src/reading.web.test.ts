import type { Page } from "playwright-core"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { openStage, type Scene, type Stage } from "../dev/stage.ts"

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
}, 120_000)
afterAll(() => stage.close())

/** Plays a scene and holds it to this: nothing on the page complained, not even the content security policy. */
const play = async (scene: Scene, act: (page: Page) => Promise<void>) => {
  const { page, complaints, close } = await stage.open(scene)
  try {
    await act(page)
    expect(complaints).toEqual([])
  } finally {
    await close()
  }
}

const firstRow = "li.message"
const atEnd = () => {
  const log = document.querySelector(".log")!
  return log.scrollHeight - log.scrollTop - log.clientHeight < 2
}
const topOf = (page: Page, text: string) =>
  page.locator("li.message", { hasText: text }).evaluate((row) => row.getBoundingClientRect().top)
const countRows = (page: Page) => page.locator(firstRow).count()
const entered = (page: Page) => page.getByText("Weather holds until two").waitFor()

describe("reading", () => {
  test("begins at the newest message, with the divider where I left off", () =>
    play({}, async (page) => {
      await entered(page)
      await page.waitForFunction(atEnd)
      expect(await page.locator(".day.new").textContent()).toBe("New since 09:33")
    }))

  test("older messages come in above without moving the row in sight", () =>
    play({ beginning: { delay: 250 } }, async (page) => {
      await entered(page)
      await page.waitForFunction(atEnd)
      const before = await countRows(page)
      await page.locator(".log").evaluate((log) => {
        log.scrollTop = 40
      })
      const held = await page.evaluate(() => {
        const edge = document.querySelector(".log")!.getBoundingClientRect().top
        const rows = [...document.querySelectorAll<HTMLElement>("li.message")]
        const row = rows.find((one) => one.getBoundingClientRect().top > edge + 120)!
        return { key: row.dataset["key"]!, top: row.getBoundingClientRect().top }
      })
      await page.waitForFunction((count) => document.querySelectorAll("li.message").length > count, before)
      const after = await page.locator(`[data-key="${held.key}"]`).evaluate((row) => row.getBoundingClientRect().top)
      expect(Math.abs(after - held.top)).toBeLessThanOrEqual(1)
    }))

  test("what comes while I read further up waits in a pill and moves nothing", () =>
    play({}, async (page) => {
      await entered(page)
      await page.waitForFunction(atEnd)
      await page.locator(".log").evaluate((log) => {
        log.scrollTop -= 600
      })
      await page.getByText("Jump to present").waitFor()
      const before = await page.locator(".log").evaluate((log) => log.scrollTop)
      await page.evaluate(() => {
        window.canned.say("one")
        window.canned.say("two")
      })
      await page.getByRole("button", { name: "2 new" }).click()
      expect(before).toBeGreaterThan(0)
      await page.waitForFunction(atEnd)
      await page.locator(".pill").waitFor({ state: "detached" })
    }))

  test("what comes while I stand at the end is followed", () =>
    play({}, async (page) => {
      await entered(page)
      await page.waitForFunction(atEnd)
      await page.evaluate(() => {
        for (let n = 0; n < 30; n += 1) window.canned.say(`line ${n}`)
      })
      await page.getByText("line 29", { exact: true }).waitFor()
      await page.waitForFunction(atEnd)
    }))

  test("a link to a message stands at it, and the newest are a press away", () =>
    play({ path: "/chat/harbour/@120" }, async (page) => {
      await page.locator('[data-key$="000000000120"]').waitFor()
      await page.waitForFunction(() => {
        const box = document.querySelector('[data-key$="000000000120"]')!.getBoundingClientRect()
        return box.top > 60 && box.bottom < innerHeight
      })
      await page.getByText("Jump to present").click()
      await entered(page)
      await page.waitForFunction(atEnd)
    }))

  test("a quoted line jumps to what it answers", () =>
    play({}, async (page) => {
      await entered(page)
      await page.locator(".quote").first().click()
      await page.locator("li.message.flash", { hasText: "Surveyor was here" }).waitFor()
    }))
})

describe("writing", () => {
  test("a sent message settles without moving", () =>
    play({ beginning: { delay: 300 } }, async (page) => {
      await entered(page)
      await page.waitForFunction(atEnd)
      await page.keyboard.type("On my way")
      await page.keyboard.press("Enter")
      await page.locator("li.message.pending", { hasText: "On my way" }).waitFor()
      await page.waitForFunction(atEnd)
      const row = await page.locator("li.message", { hasText: "On my way" }).elementHandle()
      const sending = await topOf(page, "On my way")
      await page.locator("li.message:not(.pending)", { hasText: "On my way" }).waitFor()
      expect(await topOf(page, "On my way")).toBe(sending)
      expect(await row?.evaluate((element) => element.isConnected)).toBe(true)
    }))

  test("one that failed offers to try again", () =>
    play({}, async (page) => {
      await entered(page)
      await page.getByRole("textbox", { name: "Message to #harbour" }).fill("fail once")
      await page.keyboard.press("Enter")
      await page.getByRole("button", { name: "Retry" }).click()
      await page.locator("li.message:not(.pending):not(.failed)", { hasText: "fail once" }).waitFor()
    }))

  test("Up corrects my last message, Esc leaves it and brings the draft back", () =>
    play({}, async (page) => {
      await entered(page)
      const field = page.getByRole("textbox", { name: "Message to #harbour" })
      await field.press("ArrowUp")
      await page.getByText("Editing").waitFor()
      expect(await field.inputValue()).toContain("By how much?")
      await field.press("Escape")
      expect(await field.inputValue()).toBe("")
      await field.press("ArrowUp")
      await field.fill("By how many centimetres?")
      await field.press("Enter")
      await page.locator("li.message", { hasText: "By how many centimetres?" }).getByText("(edited)").waitFor()
    }))

  test("a draft survives a reload, and a letter anywhere goes on with it", () =>
    play({}, async (page) => {
      await entered(page)
      await page.keyboard.type("half a sent")
      await page.reload()
      await entered(page)
      await page.locator(".day").first().click()
      await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur())
      await page.keyboard.type("ence")
      expect(await page.getByRole("textbox", { name: "Message to #harbour" }).inputValue()).toBe("half a sentence")
    }))

  test("images wait as chips, keep their file when they fail, and go with the text", () =>
    play({}, async (page) => {
      await entered(page)
      const file = (name: string) => ({ name, mimeType: "image/png", buffer: Buffer.from("png") })
      await page.locator("input[type=file]").setInputFiles([file("quay.png"), file("broken.png")])
      await page.getByText("The connection broke off.").waitFor()
      await page.getByRole("button", { name: "Remove quay.png" }).waitFor()
      await page.getByRole("button", { name: "Cancel broken.png" }).click()
      await page.getByRole("textbox", { name: "Description of quay.png" }).fill("The quay")
      await page.getByRole("button", { name: "Send" }).click()
      await page.getByRole("button", { name: "Open image: The quay", exact: true }).click()
      await page.getByRole("dialog", { name: "Image" }).waitFor()
      await page.keyboard.press("ArrowLeft")
      await page.getByText("2 of 3").waitFor()
      await page.keyboard.press("Escape")
      await page.getByRole("dialog", { name: "Image" }).waitFor({ state: "detached" })
    }))
})

describe("coming and going", () => {
  test("a name that is taken is refused with another one a press away", () =>
    play({ path: "/", beginning: { signedIn: false } }, async (page) => {
      await page.getByLabel("Your name").fill("Bram Lund")
      await page.getByLabel("Room").fill("Harbour")
      await page.keyboard.press("Enter")
      await page.getByRole("button", { name: "Come in as Bram Lund 2" }).click()
      await entered(page)
      expect(new URL(page.url()).pathname).toBe("/chat/harbour/")
    }))

  test("a link to a room asks for nothing but a name", () =>
    play({ path: "/chat/harbour/", beginning: { signedIn: false } }, async (page) => {
      await page.getByLabel("Your name").fill("Ada")
      expect(await page.getByLabel("Room").count()).toBe(0)
      await page.keyboard.press("Enter")
      await entered(page)
    }))

  test("the switcher goes to a room by its letters, and the list counts what is new", () =>
    play({}, async (page) => {
      await entered(page)
      expect(await page.title()).toMatch(/^\(\d+\) harbour - Roomlog$/)
      await page.keyboard.press("Control+k")
      await page.getByRole("combobox", { name: "Go to a room" }).fill("laun")
      await page.keyboard.press("Enter")
      await page.getByRole("heading", { name: "launch-week", level: 1 }).waitFor()
      await page.keyboard.press("Alt+ArrowUp")
      await page.getByRole("heading", { name: "kitchen-sink", level: 1 }).waitFor()
    }))
})
