import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { WebPushService } from "../push/webPushService.ts"
import { type House, openHouse, pageOf, say, settled } from "./house.ts"
import { deliver, withPushService, withScreen } from "./notified.ts"

let house: House
/** Push services, and what browsers get from them. */
let services: WebPushService
beforeAll(async () => {
  services = await WebPushService.start()
  house = await openHouse({ PUSH_GRACE: "50", OUTGOING_NETWORKS: "127.0.0.1" })
})
afterAll(async () => {
  await house?.close()
  await services?.[Symbol.asyncDispose]()
})

describe("notifications", () => {
  test("are turned on where the browser allows it, shown by the worker, and lead to the message", async () => {
    const context = await house.browser.newContext({ permissions: ["notifications"] })
    const gil = await pageOf(house, ["Gil", "quay"], context)
    const hana = await pageOf(house, ["Hana", "quay"])
    const device = await withPushService(gil, services)
    await gil.getByRole("button", { name: "Notify this device" }).click()

    await gil.getByText("This device notifies you").waitFor()
    await gil.keyboard.press("Escape")
    const worker = context.serviceWorkers()[0] ?? (await context.waitForEvent("serviceworker"))
    expect(new URL(worker.url()).pathname).toBe("/sw.js")
    const screen = await withScreen(worker)
    const file = await gil.request.get(`${house.server.url}/sw.js`)
    expect(file.headers()).toMatchObject({
      "cache-control": "no-cache",
      "content-type": expect.stringContaining("javascript"),
    })

    // Looked at, the room is quiet; from elsewhere it calls, through the push service, which gives the worker what came.
    await say(hana, "@Gil are you there?")
    await settled(gil, "are you there?").waitFor()
    await gil.goto(`${house.server.url}/chat/elsewhere/`)
    await gil.getByRole("textbox", { name: "Message to #elsewhere" }).waitFor()
    await say(hana, "@Gil the crane is free")
    const came = device().screen
    await came.until(({ came }) => came.length > 0)
    expect(came.came).toMatchObject([{ body: expect.stringContaining("@Gil the crane is free") }])
    await deliver(gil, came.came[0]!)
    const { title, body, tag } = came.came[0]!
    await expect.poll(screen.shown).toEqual([{ title, body, tag }])
    await say(hana, "@Gil and the ladder is here")
    await came.until(({ came }) => came.length > 1)
    await deliver(gil, came.came[1]!)
    const last = came.came[1]!
    await expect.poll(screen.shown).toEqual([{ title: last.title, body: last.body, tag }])

    // A press on it goes to the message.
    await screen.press()
    await gil.getByRole("textbox", { name: "Message to #quay" }).waitFor()
    expect(new URL(gil.url()).pathname).toBe(last.url)
    await gil.locator("li.message.flash", { hasText: "the ladder is here" }).waitFor()
    expect(services.server.problems).toEqual([])
    expect(await screen.shown()).toEqual([])
  })

  test("are told to be blocked where the browser blocks them, and to fail where they fail", async () => {
    const ida = await pageOf(house, ["Ida", "quay"], await house.browser.newContext({ permissions: [] }))
    await ida.getByRole("button", { name: "Notifications" }).click()
    await ida.getByText("Notifications are blocked for this page.").waitFor()
    expect(await ida.getByRole("button", { name: "Notify this device" }).count()).toBe(0)
    const jon = await pageOf(house, ["Jon", "quay"], await house.browser.newContext({ permissions: ["notifications"] }))
    await withPushService(jon, null)
    await jon.getByRole("button", { name: "Notify this device" }).click()
    await jon.getByText("The browser could not reach its notification service.").waitFor()
    await jon.getByRole("button", { name: "Try again" }).waitFor()
  })

  test("are chosen room by room, and the choice holds after a reload", async () => {
    const kim = await pageOf(house, ["Kim", "quay"])
    const about = () => kim.getByRole("button", { name: "About this room" }).click()
    await about()
    await kim.getByRole("radio", { name: "Mentions and replies", checked: true }).waitFor()
    await kim.getByRole("radio", { name: "Every message" }).check()
    await kim.locator("fieldset.notify:not([aria-busy=true])").waitFor()
    await kim.reload()
    await about()
    await kim.getByRole("radio", { name: "Every message", checked: true }).waitFor()
  })
})
