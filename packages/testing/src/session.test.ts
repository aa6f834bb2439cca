import { run } from "@roomlog/backend"
import { connect } from "@roomlog/client"
import { expect, test } from "vitest"
import { startRoomlog } from "./index.ts"

test("who is signed out elsewhere can do nothing more over a connection that is still open", async () => {
  await using roomlog = await startRoomlog()
  const ann = connect({ url: roomlog.url })
  const { token } = await ann.signIn("Ann")
  const { room } = await ann.rooms.enter("lobby")
  await ann.open(room).post({ text: "while I may" })

  const { session } = (await run(roomlog.backend.identity.whoHolds(token)))!
  await run(roomlog.backend.identity.signOut(session!))

  await expect(ann.rooms.refresh()).rejects.toMatchObject({ rejection: { _tag: "NotSignedIn" } })
  await expect(ann.rooms.setTopic(room, "mine still")).rejects.toMatchObject({ rejection: { _tag: "NotSignedIn" } })
  ann.close()
})
