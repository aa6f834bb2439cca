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

describe("images", () => {
  const first = (page: Page) => page.locator(".thumb").first()
  /** Shows the room with what the server answers to each address of an image. */
  const answered = async (page: Page, answer: (path: string) => 200 | 404 | "nothing" | "silence") => {
    await page.route("**/media/**", (route) => {
      const said = answer(new URL(route.request().url()).pathname)
      if (said === "silence") return
      if (said === "nothing") return route.abort()
      return said === 404 ? route.fulfill({ status: 404 }) : route.fallback()
    })
    await page.reload()
    await entered(page)
    await first(page).scrollIntoViewIfNeeded()
  }
  const shown = (page: Page) =>
    first(page)
      .locator("img.loaded")
      .evaluate((image) => new URL((image as HTMLImageElement).currentSrc).pathname)

  test("keep their place and show what is known of them until they are there", () =>
    play({}, async (page) => {
      await answered(page, () => "silence")
      const behind = await first(page).evaluate((box) => getComputedStyle(box).backgroundImage)
      expect(behind).toMatch(/^url\("data:image\/webp;base64,/)
      const reserved = await first(page).boundingBox()
      await page.unroute("**/media/**")
      await page.route("**/media/**", (route) => route.fulfill({ contentType: "image/svg+xml", body: square }))
      await page.reload()
      await entered(page)
      await first(page).scrollIntoViewIfNeeded()
      await first(page).locator("img.loaded").waitFor()
      const loaded = await first(page).boundingBox()
      expect([loaded?.width, loaded?.height]).toEqual([reserved?.width, reserved?.height])
      expect(await first(page).evaluate((box) => getComputedStyle(box).backgroundImage)).toBe("none")
    }))

  test("are shown small, whole where there is no small one, and whole in the lightbox", () =>
    play({ allowed: /404/ }, async (page) => {
      await entered(page)
      await first(page).scrollIntoViewIfNeeded()
      expect(await shown(page)).toMatch(/^\/media\/thumbs\/.*\.webp$/)
      await answered(page, (path) => (path.startsWith("/media/thumbs/") ? 404 : 200))
      expect(await shown(page)).toMatch(/^\/media\/chat_images\//)
      await first(page).click()
      const whole = page.getByRole("dialog", { name: "Image" }).getByAltText("The east quay at low tide")
      await whole.waitFor()
      expect(await whole.getAttribute("src")).toMatch(/^\/media\/chat_images\//)
    }))

  test("that are gone say so, and those that did not come are tried again by a press", () =>
    play({ allowed: /404|ERR_FAILED/ }, async (page) => {
      await answered(page, () => 404)
      await first(page).getByText("This image is not there any more.").waitFor()
      expect(await first(page).locator("img").count()).toBe(0)
      let isUp = false
      await page.unroute("**/media/**")
      await page.route("**/media/**", (route) =>
        isUp ? route.fulfill({ contentType: "image/svg+xml", body: square }) : route.abort(),
      )
      await page.reload()
      await entered(page)
      await first(page).scrollIntoViewIfNeeded()
      await first(page).getByText("Press to try again").waitFor()
      isUp = true
      await first(page).click()
      await first(page).locator("img.loaded").waitFor()
    }))

  test("that wait in the composer are there again after a reload, with their words, until they are sent", () =>
    play({}, async (page) => {
      await entered(page)
      const file = (name: string) => ({ name, mimeType: "image/png", buffer: Buffer.from(name) })
      await page.locator("input[type=file]").setInputFiles([file("quay.png"), file("slow.png")])
      await page.getByRole("textbox", { name: "Description of quay.png" }).fill("The quay")
      await keptIn(page, 2, "The quay")
      await page.reload()
      await entered(page)
      await page.getByRole("progressbar", { name: "Uploading slow.png" }).waitFor()
      expect(await page.getByRole("textbox", { name: "Description of quay.png" }).inputValue()).toBe("The quay")
      await page.getByRole("button", { name: "Cancel slow.png" }).click()
      await page.getByRole("button", { name: "Send" }).click()
      await page.getByRole("button", { name: "Open image: The quay", exact: true }).waitFor()
      await keptIn(page, 0)
      await page.reload()
      await entered(page)
      expect(await page.locator(".chip").count()).toBe(0)
    }))

  test("leave the lightbox with their message", () =>
    play({}, async (page) => {
      await entered(page)
      await first(page).click()
      const lightbox = page.getByRole("dialog", { name: "Image" })
      await lightbox.getByText("1 of 2").waitFor()
      await page.evaluate(() => {
        const room = [...[...window.canned.open.values()][0]!][0]!
        const shown = room.state.get().items.find((item) => item._tag === "Message" && item.images.length > 0)
        if (shown?._tag === "Message") void room.remove(shown.id)
      })
      await lightbox.getByText("This image was removed.").waitFor()
      expect(await lightbox.locator("img").count()).toBe(0)
    }))
})

/** Waits until so many files are in the browser's store, one of them with these words. */
const keptIn = async (page: Page, count: number, words?: string): Promise<void> => {
  const stored = () =>
    page.evaluate(
      () =>
        new Promise<ReadonlyArray<{ readonly alt: string }>>((resolve) => {
          const opening = indexedDB.open("roomlog", 1)
          opening.onsuccess = () => {
            const asking = opening.result.transaction("files").objectStore("files").getAll()
            asking.onsuccess = () => {
              opening.result.close()
              resolve(asking.result.map(({ alt }: { alt: string }) => ({ alt })))
            }
          }
        }),
    )
  await expect.poll(async () => (await stored()).length).toBe(count)
  if (words !== undefined) await expect.poll(async () => (await stored()).some(({ alt }) => alt === words)).toBe(true)
}

const square = '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"><rect width="40" height="40"/></svg>'
