import { Rejected } from "@roomlog/client"
import { expect, test } from "vitest"
import { startRoomlog } from "./index.ts"

test("a private room is unknown to strangers and opens to whoever holds the invitation, until it is renewed", async () => {
  await using roomlog = await startRoomlog()
  const ann = await roomlog.signedIn("Ann")
  const bob = await roomlog.signedIn("Bob")
  const room = await ann.rooms.create({ name: "hiring", visibility: "private" })
  await ann.open(room).post({ text: "between us" })

  expect(await bob.rooms.find("hiring")).toBeNull()
  expect(await bob.rooms.refresh()).toEqual([])
  await expect(bob.history({ room })).rejects.toMatchObject({ rejection: { _tag: "RoomNotFound" } })
  await expect(bob.rooms.enter("hiring")).rejects.toBeInstanceOf(Rejected)

  const first = await ann.rooms.invitation(room)
  const second = await ann.rooms.renewInvitation(room)
  expect(second).not.toBe(first)
  expect(await bob.rooms.find("hiring", first)).toBeNull()
  await expect(bob.rooms.join(room, first)).rejects.toMatchObject({ rejection: { _tag: "RoomNotFound" } })

  expect(await bob.rooms.enter("hiring", second)).toMatchObject({ room, role: "member" })
  const { items } = await bob.history({ room })
  expect(items.some((item) => item._tag === "Message" && item.text === "between us")).toBe(true)
  await expect(bob.rooms.invitation(room)).rejects.toMatchObject({ rejection: { _tag: "NotAllowed" } })
})
