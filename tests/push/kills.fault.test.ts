import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { connect } from "@roomlog/client"
import type { RoomId } from "@roomlog/schemas"
import { expect, test } from "vitest"
import { Random } from "../faults/random.ts"
import { ServerProcess } from "../serverProcess.ts"
import { Firebase } from "./firebase.ts"
import { killsOf, momentOf, seed, settings, stopQuiet } from "./killing.ts"
import { WebPushService } from "./webPushService.ts"

const kills = killsOf(100, 4)

test(`a mention while away is one notification on each of two devices, over ${kills} kills of the sender (SEED=${seed})`, {
  timeout: 60_000 + kills * 20_000,
}, async () => {
  const random = new Random(seed)
  const dataDir = await mkdtemp(join(tmpdir(), "roomlog-push-"))
  await using web = await WebPushService.start()
  await using firebase = await Firebase.start()
  const server = await ServerProcess.start(dataDir, settings(firebase))
  try {
    const bob = connect({ url: server.url })
    await bob.signIn("Bob")
    const [browser, phone] = [web.browser(await bob.push.key()), firebase.phone()]
    for (const { device } of [browser, phone]) await bob.push.subscribe(device)
    const ann = connect({ url: server.url, retryDelay: () => 50 })
    await ann.signIn("Ann")
    const names = Array.from({ length: kills }, (_, i) => `room ${i}`)
    const rooms: Array<RoomId> = []
    for (const name of names) {
      const { room } = await ann.rooms.enter(name)
      await bob.rooms.enter(name)
      rooms.push(room)
    }
    bob.close()

    const screens = [browser.screen, phone.screen]
    for (const { server } of [web, firebase]) server.delay = () => random.below(60)
    for (const [i, room] of rooms.entries()) {
      const moment = momentOf(random, [web, firebase])
      const side = ann.open(room)
      await side.ready
      const posted = side.post({ text: `@Bob ${i}` })
      await moment(posted)
      await server.kill()
      await server.start()
      await posted
      side.close()
      for (const screen of screens) await screen.until(() => screen.of(room) !== undefined)
    }

    // Nothing of what was sent comes again, also after another start.
    await stopQuiet(server, dataDir, screens)
    const before = screens.map(({ came }) => came.length)
    await server.start()
    const last = ann.open(rooms[0]!)
    await last.post({ text: "@Bob once more" })
    for (const screen of screens) await screen.until(() => screen.of(rooms[0]!)!.body.endsWith("once more"))
    expect(screens.map(({ came }) => came.length)).toEqual(before.map((count) => count + 1))

    for (const { shown, came } of screens) {
      const bodies = rooms.slice(1).map((room) => [shown.get(`room:${room}`)?.title, shown.get(`room:${room}`)?.body])
      expect(bodies).toEqual(names.slice(1).map((name, i) => [`Ann in ${name}`, `@Bob ${i + 1}`]))
      expect(shown.size).toBe(rooms.length)
      for (const room of rooms.slice(1))
        expect(new Set(came.filter((one) => one.room === room).map((one) => JSON.stringify(one))).size).toBe(1)
    }
    expect([...web.server.problems, ...firebase.server.problems]).toEqual([])
    const [inBrowser, onPhone] = before.map((count) => count - rooms.length)
    console.log(`${kills} kills: sent again and replaced ${inBrowser} in the browser, ${onPhone} on the phone`)
    ann.close()
  } finally {
    await server.kill()
    await rm(dataDir, { recursive: true, force: true })
  }
})
