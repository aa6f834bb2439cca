import type { CannotOpen, DatabaseError, Driver, FolderInUse } from "@roomlog/log"
import type { Scope } from "effect"
import { Effect } from "effect"
import { describe, expect, test } from "vitest"
import { run } from "../edge.ts"
import { deliverySuite } from "./deliverySuite.ts"
import { mostDevices } from "./readModel.ts"
import { House } from "./testing.ts"

export type Opening = Effect.Effect<Driver, CannotOpen | DatabaseError | FolderInUse, Scope.Scope>

/** What notifications promise on any database. */
export const pushSuite = (name: string, open: Opening) => {
  const story = (what: string, tell: (house: House) => Promise<void>) =>
    test(what, () =>
      Effect.runPromise(
        Effect.scoped(
          Effect.flatMap(open, (driver) =>
            Effect.promise(async () => {
              await using house = await House.open(driver)
              await tell(house)
              expect([...house.problems, ...house.troubles]).toEqual([])
            }),
          ),
        ),
      ),
    )
  describe(`who is notified on ${name}`, () => whoSuite(story))
  describe(`how notifications arrive on ${name}`, () => deliverySuite(story))
}

export type Story = (what: string, tell: (house: House) => Promise<void>) => void

const whoSuite = (story: Story) => {
  story("who is mentioned or answered, on each of their devices, and not who wrote it", async (house) => {
    const [ann, bob] = [await house.person("Ann"), await house.person("Bob Lee")]
    const room = await house.room("harbour", [ann, bob])
    const [anns, bobs] = [await house.devices(ann), await house.devices(bob)]
    await using _ = await house.sender()
    const asked = await house.say(ann, room, "@Bob Lee and @Ann: is the tide coming?")
    for (const screen of bobs.screens) await screen.until(() => screen.of(room) !== undefined)
    expect(bobs.browser.screen.of(room)).toMatchObject({
      title: "Ann in harbour",
      body: "@Bob Lee and @Ann: is the tide coming?",
      url: expect.stringMatching(/^\/chat\/harbour\/@\d+$/),
    })
    await house.say(bob, room, "It is.", asked)
    for (const screen of anns.screens) await screen.until(() => screen.of(room) !== undefined)
    expect([...anns.screens, ...bobs.screens].map(({ came }) => came.map(({ body }) => body))).toEqual([
      ["It is."],
      ["It is."],
      ["@Bob Lee and @Ann: is the tide coming?"],
      ["@Bob Lee and @Ann: is the tide coming?"],
    ])
  })

  story(
    "nobody of what does not concern them: other talk, other rooms, longer names, what is ruled out",
    async (house) => {
      const [ann, bob, bobLee] = [await house.person("Ann"), await house.person("Bob"), await house.person("Bob Lee")]
      const room = await house.room("harbour", [ann, bob, bobLee])
      const quiet = await house.room("quiet", [ann, bob])
      const elsewhere = await house.room("elsewhere", [ann])
      const last = await house.room("last", [ann, bob])
      const { screens } = await house.devices(bob)
      await house.rule(bob, quiet, "none")
      await using _ = await house.sender()
      await house.say(ann, room, "Fine weather")
      await house.say(ann, room, "@Bob Lee `@Bob`")
      await house.say(bob, room, "I am @Bob")
      await house.say(ann, elsewhere, "What does @Bob think?")
      await house.say(ann, quiet, "@Bob!")
      await house.say(ann, last, "@Bob")
      for (const screen of screens) await screen.until(() => screen.of(last) !== undefined)
      expect(screens.map(({ came }) => came.map((one) => one.room))).toEqual([[last], [last]])
    },
  )

  story("of everything in a room, who wants that", async (house) => {
    const [ann, bob] = [await house.person("Ann"), await house.person("Bob")]
    const room = await house.room("harbour", [ann, bob], "private")
    const { screens } = await house.devices(bob)
    await house.rule(bob, room, "all")
    expect(await run(house.push.rules(bob.id))).toEqual([{ room, notify: "all" }])
    await using _ = await house.sender()
    await house.say(ann, room, "Fine weather")
    for (const screen of screens) await screen.until(() => screen.of(room)?.body === "Fine weather")
    await house.rule(bob, room, "mentions")
    expect(await run(house.push.rules(bob.id))).toEqual([])
  })

  story("nobody of what was read, attended, removed or left meanwhile, or of what happened long ago", async (house) => {
    const [ann, bob] = [await house.person("Ann"), await house.person("Bob")]
    const rooms: Array<Awaited<ReturnType<House["room"]>>> = []
    for (const name of ["read", "attended", "removed", "left", "sign"]) rooms.push(await house.room(name, [ann, bob]))
    const [read, attended, removed, left, sign] = rooms as [(typeof rooms)[0], ...typeof rooms]
    const { screens } = await house.devices(bob)
    for (const room of [read, attended!, left!]) await house.say(ann, room, "@Bob")
    await house.remove(ann, removed!, await house.say(ann, removed!, "@Bob"))
    await house.read(bob, read)
    await house.leave(bob, left!)
    await run(house.push.attend(bob, attended!))
    await house.say(ann, sign!, "@Bob")
    await using _ = await house.sender()
    for (const screen of screens) await screen.until(() => screen.of(sign!) !== undefined)
    expect(screens.map(({ came }) => came.map(({ room }) => room))).toEqual([[sign], [sign]])
  })

  story("of what was not said within the hour, nobody", async (house) => {
    const [ann, bob] = [await house.person("Ann"), await house.person("Bob")]
    const room = await house.room("harbour", [ann, bob])
    const { screens } = await house.devices(bob)
    await house.say(ann, room, "@Bob, long ago")
    house.later = 2 * 60 * 60 * 1_000
    await using _ = await house.sender()
    await followed(house)
    house.later = 0
    await house.say(ann, room, "@Bob, now")
    for (const screen of screens) await screen.until(() => screen.of(room) !== undefined)
    expect(screens.map(({ came }) => came.map(({ body }) => body))).toEqual([["@Bob, now"], ["@Bob, now"]])
  })

  story("who took over a device, and nobody who signed out on it", async (house) => {
    const [ann, bob, cat] = [await house.person("Ann"), await house.person("Bob"), await house.person("Cat")]
    const room = await house.room("harbour", [ann, bob, cat])
    const shared = await house.devices(bob)
    for (const { device } of [shared.browser, shared.phone]) await house.subscribe(cat, device)
    const own = await house.devices(bob)
    await house.signOut(bob)
    await using _ = await house.sender()
    await house.say(ann, room, "@Bob")
    await house.say(ann, room, "@Cat")
    for (const screen of shared.screens) await screen.until(() => screen.of(room) !== undefined)
    expect(shared.screens.map(({ came }) => came.map(({ body }) => body))).toEqual([["@Cat"], ["@Cat"]])
    expect(own.screens.flatMap(({ came }) => came)).toEqual([])
  })

  story("a person on so many devices at most, those that were used last", async (house) => {
    const bob = await house.person("Bob")
    const phones = Array.from({ length: mostDevices + 3 }, () => house.firebase.phone())
    for (const { device } of phones) await house.subscribe(bob, device)
    const kept = await house.node.query<{ token: string }>("select address ->> 'token' as token from push_device")
    expect(new Set(kept.map(({ token }) => token))).toEqual(new Set(phones.slice(3).map(({ device }) => device.token)))
    const nowhere = { kind: "web", endpoint: "https://10.0.0.1/x", keys: house.browser().device.keys } as const
    await expect(house.subscribe(bob, nowhere)).rejects.toMatchObject({ rejection: { _tag: "InvalidInput" } })
  })
}

/** Waits until the follower has seen everything that was said. */
const followed = async ({ node }: House): Promise<void> => {
  for (;;) {
    const [behind] = await node.query(
      "select 1 from projection p join log_head h on h.part = p.part where p.name = 'push' and p.pos < h.pos",
    )
    if (behind === undefined) return
    await new Promise((again) => setTimeout(again, 20))
  }
}
