import type { PushNotification, RoomId } from "@roomlog/schemas"
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest"
import { Firebase } from "../../../../tests/push/firebase.ts"
import { WebPushService } from "../../../../tests/push/webPushService.ts"
import { makeFcm, serviceAccountOf } from "./fcm.ts"
import { notificationOf } from "./notification.ts"
import { makeOutgoing } from "./outgoing.ts"
import { isPublicKey, newKeys } from "./vapid.ts"
import { makeWebPush } from "./webPush.ts"

const { post } = makeOutgoing(["127.0.0.1"])
const keys = newKeys()
const toWeb = makeWebPush({ post, keys, subject: "mailto:you@example.org" })
let service: WebPushService
let firebase: Firebase
let toPhone: ReturnType<typeof makeFcm>
beforeAll(async () => {
  service = await WebPushService.start()
  firebase = await Firebase.start()
  const account = await serviceAccountOf(firebase.account)
  toPhone = makeFcm({ post, account, url: firebase.server.origin, now: Date.now })
})
beforeEach(() => {
  for (const { server } of [service, firebase]) server.mood = () => undefined
})
afterAll(async () => {
  expect([...service.server.problems, ...firebase.server.problems]).toEqual([])
  await service[Symbol.asyncDispose]()
  await firebase[Symbol.asyncDispose]()
})

const room = "0198a000-0000-7000-8000-000000000001" as RoomId
const message = { room, seq: 7, text: "Is the **tide** coming?", images: [] }
const note = notificationOf({ roomName: "harbour", author: "Ann", message, count: 1 })
const later: PushNotification = { ...note, body: "It is here.", seq: 8 }

describe("a browser", () => {
  test("shows what was sealed for it", async () => {
    const { device, screen } = service.browser(keys.publicKey)
    expect(await toWeb(device, note)).toEqual({ _tag: "sent" })
    expect(screen.of(room)).toEqual({ ...note, title: "Ann in harbour", url: "/chat/harbour/@7" })
  })

  test("that was away shows the newest of a room, once", async () => {
    const browser = service.browser(keys.publicKey)
    browser.away = true
    await toWeb(browser.device, note)
    await toWeb(browser.device, later)
    browser.comeBack()
    expect(browser.screen.came).toEqual([later])
  })

  test("that is gone is dead", async () => {
    const browser = service.browser(keys.publicKey)
    browser.isGone = true
    expect(await toWeb(browser.device, note)).toEqual({ _tag: "dead" })
  })

  test.each([
    [429, { "retry-after": "30" }, { _tag: "retry", after: 30_000 }],
    [503, {}, { _tag: "retry", after: 0 }],
    [503, { "retry-after": "999999" }, { _tag: "retry", after: 86_400_000 }],
    [403, {}, { _tag: "retry", after: 0 }],
    [413, {}, { _tag: "failed" }],
    [302, { location: "/elsewhere" }, { _tag: "failed" }],
    [404, {}, { _tag: "dead" }],
  ])("whose service answers %d %j", async (status, headers, outcome) => {
    service.server.mood = () => ({ status, headers: headers as Record<string, string> })
    expect(await toWeb(service.browser(keys.publicKey).device, note)).toEqual(outcome)
  })
})

describe("a phone", () => {
  test("shows what it is sent, and many ask for access once", async () => {
    const phones = Array.from({ length: 5 }, () => firebase.phone())
    let grants = 0
    firebase.server.heard = (path) => {
      if (path === "/token") grants += 1
    }
    const outcomes = await Promise.all(phones.map(({ device }) => toPhone(device, note)))
    expect(outcomes).toEqual(phones.map(() => ({ _tag: "sent" })))
    expect(phones.map(({ screen }) => screen.of(room))).toEqual(phones.map(() => note))
    expect(grants).toBeLessThanOrEqual(1)
  })

  test("is tried again with new access when the old one is refused", async () => {
    const { device } = firebase.phone()
    firebase.revoke()
    expect(await toPhone(device, note)).toEqual({ _tag: "retry", after: 0 })
    expect(await toPhone(device, note)).toEqual({ _tag: "sent" })
  })

  test("whose app is gone, or whose token never was one, is dead", async () => {
    const phone = firebase.phone()
    phone.isGone = true
    expect(await toPhone(phone.device, note)).toEqual({ _tag: "dead" })
    expect(await toPhone({ token: "nobody's" }, note)).toEqual({ _tag: "dead" })
  })

  test.each([
    [400, { _tag: "failed" }],
    [404, { _tag: "failed" }],
    [429, { _tag: "retry", after: 0 }],
    [500, { _tag: "retry", after: 0 }],
  ])("lives on when Firebase says %d for another reason", async (status, outcome) => {
    firebase.server.mood = (path) => (path === "/token" ? undefined : { status })
    expect(await toPhone(firebase.phone().device, note)).toEqual(outcome)
  })
})

describe("a service account", () => {
  test.each(["{", "{}", "/nowhere/account.json", '{"private_key":"hunter2"}'])(
    "%s is refused in words",
    async (text) => {
      await expect(serviceAccountOf(text)).rejects.toThrow(/^FCM_SERVICE_ACCOUNT must be/)
      await expect(serviceAccountOf(text)).rejects.not.toThrow(/hunter2/)
    },
  )
})

describe("a notification", () => {
  test("says how many there are, and what the newest says", () =>
    expect(notificationOf({ roomName: "harbour", author: "Ann", message, count: 3 })).toMatchObject({
      title: "harbour: 3 new messages",
      body: "Ann: Is the **tide** coming?",
      tag: `room:${room}`,
    }))

  test.each(["x", "🐈", "\u0007", '"', "e\u0301\u0301\u0301\u0301\u0301", "\n", "李"])(
    "is small, whatever is said and however rooms are called: %j",
    (letter) => {
      const text = letter.repeat(16_000)
      const made = notificationOf({ roomName: text, author: text, message: { ...message, text }, count: 2 })
      expect(Buffer.byteLength(JSON.stringify(made))).toBeLessThan(3_900)
      expect(JSON.stringify(made).isWellFormed()).toBe(true)
    },
  )

  test("of an image alone says so", () => {
    const image = { key: "img_1700000000_abcd.png", type: "image/png", width: 1, height: 1, bytes: 1, alt: "" } as never
    expect(
      notificationOf({ roomName: "r", author: "Ann", message: { ...message, text: "", images: [image] }, count: 1 })
        .body,
    ).toBe("An image")
  })
})

test("a public key is a point of the curve", () => {
  expect(isPublicKey(keys.publicKey)).toBe(true)
  expect(isPublicKey(`B${"A".repeat(86)}`)).toBe(false)
})
