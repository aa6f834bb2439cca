import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { type House, openHouse, pageOf, say, settled } from "./house.ts"

let house: House
beforeAll(async () => {
  house = await openHouse()
})
afterAll(() => house?.close())

describe("mentions", () => {
  test("are completed from the people of the room and reach the one who is meant", async () => {
    const cleo = await pageOf(house, ["Cleo", "mole"])
    const ana = await pageOf(house, ["Ana de la Cruz", "mole"])
    await cleo.getByRole("textbox", { name: "Message to #mole" }).click()
    await cleo.keyboard.type("ready, @de la")
    await cleo.getByRole("option", { name: "Ana de la Cruz" }).waitFor()
    await cleo.keyboard.press("Tab")
    await cleo.keyboard.type("?")
    await cleo.keyboard.press("Enter")
    await settled(ana, "ready,").locator("mark.mention-me", { hasText: "@Ana de la Cruz" }).waitFor()
    await settled(cleo, "ready,").locator("span.mention", { hasText: "@Ana de la Cruz" }).waitFor()
    expect(await cleo.locator("mark.mention-me").count()).toBe(0)
  })
})

test("a page that is opened again speaks over its WebSocket, as it did before", async () => {
  const gil = await pageOf(house, ["Gil", "quay"])
  await say(gil, "before")
  await gil.reload()
  await settled(gil, "before").waitFor()
  const asked: string[] = []
  gil.on("request", (request) => asked.push(new URL(request.url()).pathname))
  await say(gil, "after")
  await say(gil, "and once more")
  expect(asked.filter((path) => path.startsWith("/trpc"))).toEqual([])
})

describe("images", () => {
  test("are shown small in their reserved place, and large when pressed; what is no image is refused at its chip", async () => {
    const dora = await pageOf(house, ["Dora", "slip"])
    const emil = await pageOf(house, ["Emil", "slip"])
    const files = [
      { name: "slip.png", mimeType: "image/png", buffer: await picture(1600, 1000) },
      { name: "fake.png", mimeType: "image/png", buffer: Buffer.from("<svg onload='alert(1)'/>") },
    ]
    await dora.locator("input[type=file]").setInputFiles(files)
    await dora.getByRole("button", { name: "Remove slip.png" }).waitFor()
    const refused = dora.locator(".chip-failed", { hasText: "fake.png" })
    await refused.waitFor()
    const why = (await refused.locator(".chip-problem").textContent()) ?? ""
    expect(why).toMatch(/PNG/)
    expect(why).not.toMatch(/error|undefined|\{/i)
    await dora.getByRole("button", { name: "Try fake.png again" }).waitFor()
    await dora.getByRole("button", { name: "Cancel fake.png" }).click()
    await dora.getByRole("textbox", { name: "Description of slip.png" }).fill("the slip")
    await dora.getByRole("button", { name: "Send" }).click()

    const image = emil.getByRole("button", { name: "Open image: the slip" }).locator("img.loaded")
    await image.waitFor()
    const shown = await image.evaluate((one: HTMLImageElement) => ({
      path: new URL(one.currentSrc).pathname,
      natural: one.naturalWidth,
      attributes: [one.getAttribute("width"), one.getAttribute("height")],
    }))
    expect(shown.path).toMatch(/^\/media\/thumbs\/img_.*\.webp$/)
    expect(shown.natural).toBe(640)
    expect(shown.attributes).toEqual(["1600", "1000"])
    await image.click()
    const whole = emil.getByRole("dialog", { name: "Image" }).getByAltText("the slip")
    await emil.waitForFunction(
      () => document.querySelector<HTMLImageElement>(".lightbox-picture img[alt='the slip']")?.naturalWidth === 1600,
    )
    const address = new URL((await whole.getAttribute("src")) ?? "", house.server.url).href

    // It goes with its message, from the lightbox too.
    await settled(dora, "").last().hover()
    await dora.getByRole("button", { name: "More" }).click()
    await dora.getByRole("menuitem", { name: "Remove" }).click()
    await emil.getByRole("dialog", { name: "Image" }).getByText("This image was removed.").waitFor()
    expect((await emil.request.get(address)).status()).toBe(404)
  })

  test("are taken when they are pasted or dropped anywhere", async () => {
    const fay = await pageOf(house, ["Fay", "jetty"])
    const bytes = [...(await picture(80, 50))]
    await fay.evaluate((bytes) => {
      const data = new DataTransfer()
      data.items.add(new File([new Uint8Array(bytes)], "pasted.png", { type: "image/png" }))
      const area = document.querySelector(".composer textarea")!
      area.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }))
    }, bytes)
    await fay.getByRole("button", { name: "Remove pasted.png" }).waitFor()
    const drag = (type: string) =>
      fay.evaluate(
        ({ bytes, type }) => {
          const dataTransfer = new DataTransfer()
          dataTransfer.items.add(new File([new Uint8Array(bytes)], "dropped.png", { type: "image/png" }))
          document
            .querySelector(".log")!
            .dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }))
        },
        { bytes, type },
      )
    await drag("dragenter")
    await fay.getByText("Drop images to add them").waitFor()
    await drag("drop")
    await fay.getByText("Drop images to add them").waitFor({ state: "detached" })
    await fay.getByRole("button", { name: "Remove dropped.png" }).waitFor()
    await fay.getByRole("button", { name: "Send" }).click()
    await fay.waitForFunction(() => document.querySelectorAll("li.message:not(.pending) img.loaded").length === 2)
  })
})

/** A PNG of that size, made by the browser. */
const picture = async (width: number, height: number): Promise<Buffer> => {
  const page = await house.browser.newPage()
  const address = await page.evaluate(
    ([width, height]) => {
      const canvas = Object.assign(document.createElement("canvas"), { width, height })
      const context = canvas.getContext("2d")!
      for (let n = 0; n < 20; n += 1) {
        context.fillStyle = `hsl(${n * 18} 70% 50%)`
        context.fillRect((n * width) / 20, 0, width / 20, height)
      }
      return canvas.toDataURL("image/png")
    },
    [width, height] as [number, number],
  )
  await page.close()
  return Buffer.from(address.slice(address.indexOf(",") + 1), "base64")
}
