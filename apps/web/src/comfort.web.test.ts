import { readFile } from "node:fs/promises"
import { createRequire } from "node:module"
import type { Page } from "playwright-core"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { openStage, type Scene, type Stage } from "../dev/stage.ts"

let stage: Stage
let axe: string
beforeAll(async () => {
  stage = await openStage()
  axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8")
}, 120_000)
afterAll(() => stage.close())

interface Violation {
  readonly id: string
  readonly nodes: ReadonlyArray<{ readonly html: string; readonly failureSummary?: string }>
}

const violations = async (page: Page): Promise<ReadonlyArray<string>> => {
  await page.evaluate(axe)
  const found = (await page.evaluate("axe.run()")) as { violations: ReadonlyArray<Violation> }
  return found.violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.html.slice(0, 160)} ${node.failureSummary ?? ""}`),
  )
}

const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }
const room = (page: Page) => page.getByText("Weather holds until two").waitFor()

interface Screen extends Scene {
  readonly name: string
  readonly show: (page: Page) => Promise<unknown>
}
const screens: ReadonlyArray<Screen> = [
  { name: "a room", show: room },
  { name: "a room on a phone", ...phone, show: room },
  {
    name: "the arriving screen, refused",
    path: "/",
    beginning: { signedIn: false },
    show: async (page) => {
      await page.getByLabel("Your name").fill("Bram Lund")
      await page.keyboard.press("Enter")
      await page.getByText("Come in as").waitFor()
    },
  },
  {
    name: "a failed message with its actions",
    show: async (page) => {
      await room(page)
      await page.keyboard.type("fail")
      await page.keyboard.press("Enter")
      await page.locator(".failure").waitFor()
      await page.getByText("The crane is free").hover()
      await page.locator(".actions").waitFor()
    },
  },
  {
    name: "the menu of a message",
    show: async (page) => {
      await room(page)
      await page.getByText("The crane is free").hover()
      await page.getByRole("button", { name: "More" }).click()
      await page.getByRole("menuitem", { name: "Copy link" }).waitFor()
    },
  },
  {
    name: "the emoji board",
    show: async (page) => {
      await room(page)
      await page.getByRole("button", { name: "Emoji" }).click()
      await page.getByPlaceholder("Search emoji").waitFor()
    },
  },
  {
    name: "suggestions of people",
    show: async (page) => {
      await room(page)
      await page.keyboard.type("@")
      await page.getByRole("option").first().waitFor()
    },
  },
  {
    name: "notifications of a room, and of this device where they are blocked",
    show: async (page) => {
      await room(page)
      await page.getByRole("button", { name: "About this room" }).click()
      await page.getByRole("radio", { name: "Mentions and replies", disabled: false }).waitFor()
      await page.getByText("This device").waitFor()
    },
  },
  {
    name: "images that are gone",
    show: async (page) => {
      await page.route("**/media/**", (route) => route.fulfill({ status: 404 }))
      await page.reload()
      await room(page)
      await page.locator(".thumb").first().scrollIntoViewIfNeeded()
      await page.getByText("not there any more").first().waitFor()
    },
  },
  {
    name: "the switcher",
    show: async (page) => {
      await room(page)
      await page.keyboard.press("Control+k")
      await page.getByRole("option").first().waitFor()
    },
  },
  {
    name: "a new room",
    show: async (page) => {
      await room(page)
      await page.getByRole("button", { name: "New room" }).click()
      await page.getByRole("dialog", { name: "New room" }).waitFor()
    },
  },
  {
    name: "a private room's details",
    path: "/chat/hiring/",
    show: async (page) => {
      await page.getByRole("button", { name: "About this room" }).click()
      await page.getByLabel("Invitation link").waitFor()
    },
  },
  {
    name: "an image",
    show: async (page) => {
      await room(page)
      await page.locator(".thumb").first().click()
      await page.getByRole("dialog", { name: "Image" }).waitFor()
    },
  },
  {
    name: "a room that does not open",
    path: "/chat/vault/",
    show: (page) => page.getByRole("button", { name: "Try again" }).waitFor(),
  },
]

describe.each(["light", "dark"] as const)("in the %s", (colorScheme) => {
  test.each(screens)("$name has nothing that keeps people out", async ({ name: _, show, ...scene }) => {
    const { page, close } = await stage.open({ ...scene, colorScheme, bypassCSP: true })
    try {
      await show(page)
      expect(await violations(page)).toEqual([])
    } finally {
      await close()
    }
  })
})

test("fingers have room: every control of a phone's room is 44 pixels high or wide enough around", async () => {
  const { page, close } = await stage.open(phone)
  try {
    await room(page)
    const small = await page
      .locator(".room-header button, .composer button, .composer textarea, .pill")
      .evaluateAll((all) =>
        all.filter((one) => one.getBoundingClientRect().height < 44).map((one) => one.outerHTML.slice(0, 120)),
      )
    expect(small).toEqual([])
  } finally {
    await close()
  }
})
