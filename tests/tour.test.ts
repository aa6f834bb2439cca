import type { RoomState } from "@roomlog/client"
import { startRoomlog } from "@roomlog/testing"
import { expect, test } from "vitest"
import { cable, until } from "./live.ts"

/**
 * One story through every layer, in one process: what people ask for goes over a real socket to the doors, is judged
 * by the rules, stands in the log, and comes back to everybody in the room.
 */
test("Ann and Bob talk, Bob's connection breaks, and nothing is lost", async () => {
  await using roomlog = await startRoomlog()

  // Two people come. Entering a room that is not there makes it, and who makes it owns it.
  const bobsCable = cable()
  const ann = await roomlog.signedIn("Ann")
  const bob = await roomlog.signedIn("Bob", { WebSocket: bobsCable.WebSocket, retryDelay: () => 10 })
  const { room } = await ann.rooms.enter("harbour")
  await bob.rooms.enter("harbour")
  const members = await bob.rooms.members(room)
  expect(members.map(({ name, role }) => `${name}: ${role}`).sort()).toEqual(["Ann: owner", "Bob: member"])

  // Both open it. What one says, the other hears.
  const [annsSide, bobsSide] = [ann.open(room), bob.open(room)]
  await Promise.all([annsSide.ready, bobsSide.ready])
  const seq = await annsSide.post({ text: "Is the tide comming?" })
  const { items } = await until(bobsSide.state, ({ upTo }) => upTo >= seq)
  const question = items.find((item) => item.seq === seq)
  if (question?._tag !== "Message") throw new Error("what Ann said is no message")

  // A message is edited and reacted to where it stands. A refusal is an answer, with a reason.
  await annsSide.edit(question.id, "Is the tide coming?")
  await bobsSide.toggleReaction(question.id, "👍")
  await expect(bobsSide.edit(question.id, "No.")).rejects.toMatchObject({ rejection: { _tag: "NotTheAuthor" } })

  // History shows the same to somebody who was not there.
  const cat = await roomlog.signedIn("Cat")
  const page = await cat.history({ room })
  expect(page.items.at(-1)).toMatchObject({ text: "Is the tide coming?", reactions: [{ emoji: "👍", count: 1 }] })
  expect(page.items.flatMap((item) => (item._tag === "Notice" ? [item.event._tag] : []))).toEqual([
    "RoomCreated",
    "MemberJoined",
    "MemberJoined",
  ])

  // Bob's connection breaks, and Ann goes on. When it is back, Bob's client resumes from its token: no gap, no repeat.
  bobsCable.pull()
  await until(bob.connection, ({ _tag }) => _tag === "waiting")
  await annsSide.post({ text: "It is here." })
  const last = await annsSide.post({ text: "It is gone." })
  expect(bobsSide.state.get().upTo).toBeLessThan(last)
  bobsCable.plug()
  const bobsView = await until(bobsSide.state, ({ upTo }) => upTo >= last)
  expect(texts(bobsView)).toEqual(["Is the tide coming?", "It is here.", "It is gone."])

  // What Bob sees live, what Ann sees, and what the database shows are one and the same.
  const stored = await cat.history({ room })
  expect(bobsView.items).toEqual(stored.items)
  expect((await until(annsSide.state, ({ upTo }) => upTo >= last)).items).toEqual(stored.items)
})

const texts = ({ items }: RoomState) => items.flatMap((item) => (item._tag === "Message" ? [item.text] : []))
