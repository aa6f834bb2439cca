import { expect } from "vitest"
import type { Story } from "./suite.ts"
import type { House } from "./testing.ts"

/** What devices show, whatever becomes of services and senders. */
export const deliverySuite = (story: Story) => {
  story("what came together is one notification with the newest text, edits included", async (house) => {
    const { ann, bob, room } = await town(house)
    const { screens } = await house.devices(bob)
    await house.say(ann, room, "@Bob one")
    await house.say(ann, room, "not for him")
    await house.edit(ann, room, await house.say(ann, room, "@Bob two"), "@Bob three")
    await using _ = await house.sender()
    for (const screen of screens) await screen.until(() => screen.of(room) !== undefined)
    expect(screens.map(({ came }) => came)).toMatchObject([
      [{ title: "harbour: 2 new messages", body: "Ann: @Bob three" }],
      [{ title: "harbour: 2 new messages", body: "Ann: @Bob three" }],
    ])
  })

  story("what comes later takes its place, and counts what was not read", async (house) => {
    const { ann, bob, room } = await town(house)
    const { screens } = await house.devices(bob)
    await using _ = await house.sender()
    await house.say(ann, room, "@Bob one")
    for (const screen of screens) await screen.until(() => screen.of(room) !== undefined)
    await house.say(ann, room, "@Bob two")
    for (const screen of screens) await screen.until(() => screen.of(room)?.title === "harbour: 2 new messages")
    await house.read(bob, room)
    await house.say(ann, room, "@Bob three")
    for (const screen of screens) await screen.until(() => screen.of(room)?.body === "@Bob three")
    expect(screens.map(({ shown }) => shown.size)).toEqual([1, 1])
  })

  story("a device that is gone is asked once, and the others are served", async (house) => {
    const { ann, bob, room } = await town(house)
    const [gone, here] = [await house.devices(bob), await house.devices(bob)]
    gone.browser.isGone = true
    gone.phone.isGone = true
    await house.subscribe(bob, { kind: "fcm", token: "nobody's" })
    const calls: Array<string> = []
    house.web.server.heard = (path) => calls.push(path)
    await using _ = await house.sender()
    for (const text of ["@Bob one", "@Bob two", "@Bob three"]) {
      await house.say(ann, room, text)
      for (const screen of here.screens) await screen.until(() => screen.of(room)?.body.endsWith(text) ?? false)
    }
    const path = new URL(gone.browser.device.endpoint).pathname
    expect(calls.filter((one) => one === path)).toHaveLength(1)
    const left = await house.node.query("select id from push_device")
    expect(left).toHaveLength(2)
    expect(
      await house.node.query(
        "select 1 from push_notice n left join push_device d on d.id = n.device where d.id is null",
      ),
    ).toEqual([])
  })

  story("a service that fails is tried again, and another one is not kept waiting", async (house) => {
    const { ann, bob, room } = await town(house)
    const { browser, phone } = await house.devices(bob)
    let tries = 0
    house.web.server.mood = () => (++tries === 1 ? { status: 503 } : undefined)
    await using _ = await house.sender()
    await house.say(ann, room, "@Bob")
    await phone.screen.until(() => phone.screen.of(room) !== undefined)
    await untilPostponed(house)
    expect(browser.screen.came).toEqual([])
    await hurry(house)
    await browser.screen.until(() => browser.screen.of(room) !== undefined)
    expect(tries).toBe(2)
  })

  story("Retry-After is waited for", async (house) => {
    const { ann, bob, room } = await town(house)
    await house.devices(bob)
    for (const { server } of [house.web, house.firebase])
      server.mood = (path) => (path === "/token" ? undefined : { status: 429, headers: { "retry-after": "3600" } })
    await using _ = await house.sender()
    await house.say(ann, room, "@Bob")
    const waits = await untilPostponed(house, 2)
    for (const { wait } of waits) expect(wait).toBeGreaterThan(3_000)
  })

  story("a service that never answers keeps nobody waiting, nor the end", async (house) => {
    const { ann, bob, room } = await town(house)
    const { browser, phone } = await house.devices(bob)
    const { promise: asked, resolve } = Promise.withResolvers<void>()
    house.web.server.heard = () => resolve()
    house.web.server.delay = () => 3_600_000
    const sender = await house.sender()
    await house.say(ann, room, "@Bob")
    await asked
    await phone.screen.until(() => phone.screen.of(room) !== undefined)
    await sender[Symbol.asyncDispose]()
    house.web.server.delay = () => 0
    await using _ = await house.sender()
    await browser.screen.until(() => browser.screen.of(room) !== undefined)
    expect(phone.screen.came).toHaveLength(1)
  })

  story("a lost answer shows nothing twice", async (house) => {
    const { ann, bob, room } = await town(house)
    const { screens } = await house.devices(bob)
    const lost = new Set<string>()
    for (const { server } of [house.web, house.firebase])
      server.mood = (path) =>
        path === "/token" || lost.size === lost.add(path).size ? undefined : { status: 502, afterwards: true }
    await using _ = await house.sender()
    await house.say(ann, room, "@Bob")
    await untilPostponed(house, 2)
    await hurry(house)
    for (const screen of screens) await screen.until(() => screen.came.length === 2)
    for (const { came, shown } of screens) {
      expect(came[1]).toEqual(came[0])
      expect([...shown.values()]).toEqual([came[0]])
    }
  })

  story("what is committed late, when its time has passed, is not overlooked", async (house) => {
    const { ann, bob, room } = await town(house)
    const late = await house.room("late", [ann, bob])
    const { browser } = await house.devices(bob)
    const { promise: asked, resolve: hear } = Promise.withResolvers<void>()
    house.web.server.heard = () => hear()
    house.web.server.delay = () => 300
    await using _ = await house.sender()
    await house.say(ann, room, "@Bob")
    await asked
    await house.say(ann, late, "late")
    await house.node.query(
      `insert into push_notice (device, part, pos, user_id, room, seq, created_at, due_at)
       select n.device, n.part, 1000000, n.user_id, i.room, i.seq, n.created_at, n.due_at from push_notice n
       join item i on i.room = $1 and i.id is not null`,
      [late],
    )
    await house.node.query("update push_turn set version = version + 1")
    await browser.screen.until(() => browser.screen.of(late) !== undefined)
    expect(browser.screen.came.map((one) => one.room)).toEqual([room, late])
  })

  story("of several senders one sends", async (house) => {
    const { ann, bob, room } = await town(house)
    const { screens } = await house.devices(bob)
    await using _one = await house.sender()
    await using _two = await house.sender()
    await using _three = await house.sender()
    for (let i = 1; i <= 5; i++) {
      await house.say(ann, room, `@Bob ${i}`)
      for (const screen of screens) await screen.until(() => screen.of(room)?.body.endsWith(`@Bob ${i}`) ?? false)
    }
    expect(screens.map(({ came }) => came.length)).toEqual([5, 5])
  })

  story("what a browser shows was sealed for it and signed, and nobody logs a word of it", async (house) => {
    const { ann, bob, room } = await town(house)
    await house.devices(bob)
    house.web.server.mood = () => ({ status: 400 })
    house.firebase.server.mood = (path) => (path === "/token" ? { status: 500 } : undefined)
    await using _ = await house.sender()
    await house.say(ann, room, "@Bob hunter2")
    await untilPostponed(house)
    expect(house.troubles.length).toBeGreaterThan(0)
    expect(house.troubles.splice(0).map(String).join()).not.toContain("hunter2")
  })
}

const town = async (house: House) => {
  const [ann, bob] = [await house.person("Ann"), await house.person("Bob")]
  return { ann, bob, room: await house.room("harbour", [ann, bob]) }
}

/** Waits until so many devices wait for another try, and says for how many seconds. */
const untilPostponed = async ({ node }: House, devices = 1) => {
  for (;;) {
    const waits = await node.query<{ wait: number }>(
      "select extract(epoch from due_at - now())::float8 as wait from push_turn where tries > 0 and claim is null",
    )
    if (waits.length >= devices) return waits
    await new Promise((again) => setTimeout(again, 20))
  }
}

/** Lets time pass for who waits. */
const hurry = async ({ node }: House): Promise<void> => {
  await node.query("update push_turn set due_at = now() where claim is null")
}
