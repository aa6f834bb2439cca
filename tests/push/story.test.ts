import { Rejected } from "@roomlog/client"
import { startRoomlog } from "@roomlog/testing"
import { expect, test } from "vitest"
import { Firebase } from "./firebase.ts"
import { WebPushService } from "./webPushService.ts"

/** Through every door: the page's calls over tRPC, the phone's over the old route, and out to the services. */
test("Bob is away, is mentioned, and comes back", async () => {
  await using web = await WebPushService.start()
  await using firebase = await Firebase.start()
  await using roomlog = await startRoomlog({
    settings: {
      FCM_SERVICE_ACCOUNT: firebase.account,
      FCM_URL: firebase.server.origin,
      PUSH_GRACE: "50",
      OUTGOING_NETWORKS: "127.0.0.1",
    },
  })
  const ann = await roomlog.signedIn("Ann")
  const { room } = await ann.rooms.enter("harbour")
  const { room: quiet } = await ann.rooms.enter("quiet")
  const bob = roomlog.client()
  const { token } = await bob.signIn("Bob")
  for (const name of ["harbour", "quiet"]) await bob.rooms.enter(name)

  // His browser subscribes with the server's key; his phone brings its token to the route that it knows.
  const [browser, phone] = [web.browser(await bob.push.key()), firebase.phone()]
  await bob.push.subscribe(browser.device)
  const save = (body: object, authorization: string) =>
    fetch(`${roomlog.url}/api/save-token/`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization },
      body: JSON.stringify(body),
    })
  expect((await save({ token: phone.device.token }, `Bearer ${token}`)).ok).toBe(true)
  expect((await save({ token: phone.device.token }, "Bearer nobody")).ok).toBe(false)
  await bob.push.setRule(quiet, "none")
  expect(await bob.push.rules()).toEqual([{ room: quiet, notify: "none" }])

  // He looks at the room: no notification. Then he goes, and one comes to each device.
  const [harbour, silence] = [ann.open(room), ann.open(quiet)]
  await Promise.all([harbour.ready, silence.ready])
  await bob.push.attend(room)
  await harbour.post({ text: "@Bob you are here" })
  await counted(roomlog.backend.log.query, 2)
  await bob.push.attend(null)
  await silence.post({ text: "@Bob shh" })
  const seq = await harbour.post({ text: "@Bob you are gone" })
  for (const { screen } of [browser, phone]) {
    await screen.until(() => screen.of(room) !== undefined)
    expect(screen.came).toMatchObject([{ url: `/chat/harbour/@${seq}`, seq, body: "Ann: @Bob you are gone" }])
  }

  // What cannot be a device is refused in words, and nobody is asked for anything there.
  const inside = { ...browser.device, endpoint: "https://169.254.169.254/latest" }
  await expect(bob.push.subscribe(inside)).rejects.toBeInstanceOf(Rejected)
  const stranger = roomlog.client()
  await expect(stranger.push.subscribe(browser.device)).rejects.toMatchObject({ rejection: { _tag: "NotSignedIn" } })

  // He signs out: his devices are nobody's.
  await bob.signOut()
  expect(await roomlog.backend.log.query("select 1 from push_device")).toEqual([])
  const numbers = await (await fetch(`${roomlog.url}/metrics`)).text()
  expect(numbers).toMatch(/roomlog_push_total\{outcome="sent"\} 2/)
  expect([...web.server.problems, ...firebase.server.problems]).toEqual([])
})

/** Waits until so many notices are done with, sent or not. */
const counted = async (query: (text: string) => Promise<ReadonlyArray<object>>, most: number): Promise<void> => {
  while ((await query("select 1 from push_notice where sent_at is not null")).length < most)
    await new Promise((again) => setTimeout(again, 20))
}
