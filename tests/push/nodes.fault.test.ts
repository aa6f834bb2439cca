import { connect } from "@roomlog/client"
import type { RoomId } from "@roomlog/schemas"
import { expect, test } from "vitest"
import { startCluster } from "../cluster/cluster.ts"
import { Random } from "../faults/random.ts"
import { Firebase } from "./firebase.ts"
import { killsOf, momentOf, seed, settings } from "./killing.ts"
import { WebPushService } from "./webPushService.ts"

const kills = killsOf(20, 2)

test(`two nodes notify once, and one takes over what the other held when it died, ${kills} times (SEED=${seed})`, {
  timeout: 120_000 + kills * 60_000,
}, async () => {
  const random = new Random(seed)
  await using web = await WebPushService.start()
  await using firebase = await Firebase.start()
  const cluster = await startCluster({ nodes: 2, settings: settings(firebase), parts: 2 })
  try {
    const bob = connect({ url: cluster.url })
    await bob.signIn("Bob")
    const [browser, phone] = [web.browser(await bob.push.key()), firebase.phone()]
    for (const { device } of [browser, phone]) await bob.push.subscribe(device)
    const ann = connect({ url: cluster.url, retryDelay: () => 50 })
    await ann.signIn("Ann")
    const rooms: Array<RoomId> = []
    for (let i = 0; i < kills; i++) {
      rooms.push((await ann.rooms.enter(`room ${i}`)).room)
      await bob.rooms.enter(`room ${i}`)
    }
    bob.close()
    const screens = [browser.screen, phone.screen]
    for (const { server } of [web, firebase]) server.delay = () => random.below(60)
    for (const [i, room] of rooms.entries()) {
      const moment = momentOf(random, [web, firebase])
      const node = random.pick(cluster.nodes)
      const side = ann.open(room)
      await side.ready
      const posted = side.post({ text: `@Bob ${i}` })
      await moment(posted)
      await node.kill()
      await posted
      side.close()
      for (const screen of screens) await screen.until(() => screen.of(room) !== undefined)
      await node.start()
    }
    for (const { shown, came } of screens) {
      expect(rooms.map((room) => shown.get(`room:${room}`)?.body)).toEqual(rooms.map((_, i) => `@Bob ${i}`))
      expect(new Set(came.map((one) => JSON.stringify(one))).size).toBe(rooms.length)
    }
    expect([...web.server.problems, ...firebase.server.problems]).toEqual([])
    ann.close()
  } finally {
    await cluster.stop()
  }
})
