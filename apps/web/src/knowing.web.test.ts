import type { Page } from "playwright-core"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { openStage, type Stage } from "../dev/stage.ts"

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
}, 120_000)
afterAll(() => stage.close())

const play: Stage["play"] = (scene, act) => stage.play(scene, act)
const entered = (page: Page) => page.getByText("Weather holds until two").waitFor()
const field = (page: Page) => page.getByRole("textbox", { name: "Message to #harbour" })
const listed = (page: Page) => page.getByRole("option").evaluateAll((all) => all.map((one) => one.textContent))
const chosen = (page: Page) => page.getByRole("option", { selected: true })

describe("a name that is being written", () => {
  test("is completed by keys: those who are here first, names with spaces whole, Tab or Enter takes", () =>
    play({}, async (page) => {
      await entered(page)
      await page.keyboard.type("ask @")
      await chosen(page).waitFor()
      await page.getByRole("option", { name: "quay-cam" }).waitFor()
      expect(await listed(page)).toEqual([
        "BLBram Lundhere",
        "IOInes Okaforhere",
        "TRTomás Reyeshere",
        "JPJun Park",
        "QCquay-cam",
      ])
      expect(await field(page).getAttribute("aria-activedescendant")).toBe(await chosen(page).getAttribute("id"))
      await page.keyboard.press("ArrowUp")
      expect(await chosen(page).textContent()).toContain("quay-cam")
      await page.keyboard.press("ArrowDown")
      await page.keyboard.press("ArrowDown")
      await page.keyboard.press("Tab")
      expect(await field(page).inputValue()).toBe("ask @Ines Okafor ")
      await page.keyboard.type("and @tom")
      await chosen(page).waitFor()
      await page.keyboard.press("Enter")
      expect(await field(page).inputValue()).toBe("ask @Ines Okafor and @Tomás Reyes ")
      await page.keyboard.press("Enter")
      await page.locator("li.message:not(.pending) .mention", { hasText: "@Tomás Reyes" }).waitFor()
      expect(await page.locator("li.message").last().locator(".mention").allTextContents()).toEqual([
        "@Ines Okafor",
        "@Tomás Reyes",
      ])
    }))

  test("is left alone after Escape, which closes nothing else", () =>
    play({}, async (page) => {
      await entered(page)
      await page.getByText("The crane is free").hover()
      await page.getByRole("button", { name: "Reply" }).click()
      await page.keyboard.type("@in")
      await chosen(page).waitFor()
      await page.keyboard.press("Escape")
      await page.getByRole("listbox").waitFor({ state: "detached" })
      await page.keyboard.type("e")
      expect(await page.getByRole("listbox").count()).toBe(0)
      await page.getByText("Replying to").waitFor()
      await page.keyboard.type(" or @in")
      await chosen(page).waitFor()
      await page.keyboard.press("Escape")
      await page.keyboard.press("Escape")
      await page.getByText("Replying to").waitFor({ state: "detached" })
    }))

  test("is completed by a finger, which keeps the keyboard up", () =>
    play({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }, async (page) => {
      await entered(page)
      await field(page).tap()
      await page.keyboard.type("@okaf")
      const option = page.getByRole("option", { name: "Ines Okafor" })
      await option.waitFor()
      expect((await option.boundingBox())?.height).toBeGreaterThanOrEqual(44)
      await option.tap()
      expect(await field(page).inputValue()).toBe("@Ines Okafor ")
      expect(await field(page).evaluate((area) => document.activeElement === area)).toBe(true)
    }))

  test("may be an emoji's", () =>
    play({}, async (page) => {
      await entered(page)
      await page.keyboard.type("done :tada")
      await chosen(page).waitFor()
      await page.keyboard.press("Enter")
      expect(await field(page).inputValue()).toBe("done 🎉")
    }))

  test("highlights a message that names me, and no other", () =>
    play({}, async (page) => {
      await entered(page)
      await page.evaluate(() => {
        window.canned.say("@mara keller, look")
        window.canned.say("`@Mara Keller` and mara@Mara.example")
      })
      await page.getByText("and mara@Mara.example").waitFor()
      expect(await page.locator("li.message", { hasText: "look" }).locator("mark.mention-me").count()).toBe(1)
      expect(await page.locator("li.message", { hasText: "mara@Mara.example" }).locator(".mention").count()).toBe(0)
    }))
})

/** The browser's own part: headless ones have no push service. */
const withPush = async (page: Page, permission: NotificationPermission, works = true): Promise<void> => {
  await page.addInitScript(
    ({ permission, works }) => {
      let now: NotificationPermission = "default"
      Object.defineProperty(Notification, "permission", { get: () => (permission === "denied" ? permission : now) })
      Notification.requestPermission = async () => {
        now = permission
        return permission
      }
      let subscription: unknown = null
      const bare = PushManager.prototype as unknown as Record<string, unknown>
      bare["getSubscription"] = async () => subscription
      bare["subscribe"] = async ({ applicationServerKey }: { applicationServerKey: BufferSource }) => {
        if (!works) throw new DOMException("Registration failed - push service error", "AbortError")
        subscription = {
          endpoint: "https://push.example/1",
          options: { applicationServerKey },
          toJSON: () => ({ keys: { p256dh: `B${"a".repeat(86)}`, auth: "a".repeat(22) } }),
          unsubscribe: async () => {
            subscription = null
            return true
          },
        }
        return subscription
      }
    },
    { permission, works },
  )
  await page.reload()
  await entered(page)
  await page.getByRole("button", { name: "Notifications" }).click()
}
const devices = (page: Page) => page.evaluate(() => window.canned.notices.devices.length)

describe("notifications", () => {
  test("are turned on for this device and off again, and end with the session", () =>
    play({}, async (page) => {
      await withPush(page, "granted")
      await page.getByRole("button", { name: "Notify this device" }).click()
      await page.getByText("This device notifies you").waitFor()
      expect(await devices(page)).toBe(1)
      await page.getByRole("button", { name: "Turn off" }).click()
      await page.getByText("This device is quiet").waitFor()
      expect(await devices(page)).toBe(0)
      await page.getByRole("button", { name: "Notify this device" }).click()
      await page.getByText("This device notifies you").waitFor()
      await page.keyboard.press("Escape")
      await page.getByRole("button", { name: "Sign out" }).click()
      await page.getByLabel("Your name").waitFor()
      expect(await devices(page)).toBe(0)
    }))

  test("that the browser blocks are told as such, with what to do", () =>
    play({}, async (page) => {
      await withPush(page, "denied")
      await page.getByText("Notifications are blocked for this page.").waitFor()
      expect(await page.getByRole("button", { name: "Notify this device" }).count()).toBe(0)
    }))

  test("that nobody answered for stay off", () =>
    play({}, async (page) => {
      await withPush(page, "default")
      await page.getByRole("button", { name: "Notify this device" }).click()
      await page.getByText("Be told of what is meant for you").waitFor()
      expect(await devices(page)).toBe(0)
    }))

  test("that fail say so and can be tried again", () =>
    play({}, async (page) => {
      await withPush(page, "granted", false)
      await page.getByRole("button", { name: "Notify this device" }).click()
      await page.getByText("The browser could not reach its notification service.").waitFor()
      await page.getByRole("button", { name: "Try again" }).waitFor()
    }))

  test("of a room are chosen where the room is described", () =>
    play({}, async (page) => {
      await entered(page)
      await page.getByRole("button", { name: "About this room" }).click()
      await page.getByRole("radio", { name: "Nothing", disabled: false }).check()
      await page.waitForFunction(() => [...window.canned.notices.rules.values()].includes("none"))
      await page.keyboard.press("Escape")
      await page.getByRole("button", { name: "About this room" }).click()
      await page.getByRole("radio", { name: "Nothing", checked: true }).waitFor()
    }))

  test("are not needed for the room that is looked at: the server hears which, again and again, and when it ends", () =>
    play({}, async (page) => {
      const told = () => page.evaluate(() => window.canned.notices.attended.map((room) => room?.slice(-1) ?? null))
      await page.clock.install()
      await entered(page)
      await page.waitForFunction(() => window.canned.notices.attended.length > 0)
      await page.clock.runFor(26_000)
      expect(await told()).toEqual(["1", "1"])
      await page.getByRole("link", { name: "design" }).click()
      await page.getByRole("heading", { name: "design", level: 1 }).waitFor()
      expect(await told()).toEqual(["1", "1", "4"])
      await page.evaluate(() => {
        document.hasFocus = () => false
        window.dispatchEvent(new Event("blur"))
      })
      expect(await told()).toEqual(["1", "1", "4", null])
      await page.clock.runFor(60_000)
      expect(await told()).toHaveLength(4)
    }))
})
