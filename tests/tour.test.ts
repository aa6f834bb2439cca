import type { RoomState } from "@roomlog/client"
import { startRoomlog } from "@roomlog/testing"
import { expect, test } from "vitest"

/**
 * One story through every layer, in one process: the client's calls go over a real socket to the doors, are judged
 * by the rules, stand in the log, and come back to everybody in the room.
 */
test("Ann and Bob talk, Bob goes away for a while, and nothing is lost", async () => {
  await using roomlog = await startRoomlog()

  // Two people come. Entering a room that is not there makes it; who makes it owns it.
  const ann = await roomlog.signedIn("Ann")
  const bob = await roomlog.signedIn("Bob")
  const { room } = await ann.rooms.enter("harbour")
  await bob.rooms.enter("harbour")
  expect((await bob.rooms.members(room)).map(({ name, role }) => `${name}: ${role}`)).toEqual([
    "Ann: owner",
    "Bob: member",
  ])

  // Both open it. What one says, the other hears.
  const [annsSide, bobsSide] = [ann.open(room), bob.open(room)]
  await Promise.all([annsSide.ready, bobsSide.ready])
  const seq = await annsSide.post({ text: "Is the tide comming?" })
  const asked = await until(bobsSide.state, ({ items }) => items.find((item) => item.seq === seq))
  if (asked._tag !== "Message") throw new Error("what Ann said is no message")

  // A message is edited and reacted to where it stands; a refusal is an answer with a reason.
  await annsSide.edit(asked.id, "Is the tide coming?")
  await bobsSide.toggleReaction(asked.id, "👍")
  await expect(bobsSide.edit(asked.id, "No.")).rejects.toMatchObject({ rejection: { _tag: "NotTheAuthor" } })
  const changed = { text: "Is the tide coming?", reactions: [{ emoji: "👍", count: 1 }] }
  await until(annsSide.state, ({ items }) => items.some((item) => matches(item, changed)) || undefined)

  // History shows the same to somebody who was not there.
  const cat = await roomlog.signedIn("Cat")
  const page = await cat.history({ room })
  expect(page.items.map((item) => (item._tag === "Message" ? item.text : item.event._tag))).toEqual([
    "RoomCreated",
    "MemberJoined",
    "MemberJoined",
    "Is the tide coming?",
  ])
  expect(page.items.at(-1)).toMatchObject(changed)

  // Bob goes away; Ann goes on. When he comes back, he goes on from where he was, with no gap and no repeat.
  bobsSide.close()
  await annsSide.post({ text: "It is here." })
  const last = await annsSide.post({ text: "It is gone." })
  const back = bob.open(room)
  await back.ready
  const seen = await until(back.state, (state) => (state.upTo >= last ? state : undefined))
  expect(texts(seen)).toEqual(["Is the tide coming?", "It is here.", "It is gone."])
})

const texts = ({ items }: RoomState) => items.flatMap((item) => (item._tag === "Message" ? [item.text] : []))
const matches = (item: object, wanted: object) => expect.objectContaining(wanted).asymmetricMatch(item)
