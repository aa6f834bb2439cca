import type { CommandId } from "@roomlog/schemas"
import { afterAll, beforeAll, expect, test } from "vitest"
import { newCommandId, TestBackend } from "../feed/testing.ts"
import type { Actor } from "../identity/identity.ts"
import { appRouter } from "../router.ts"

const server = new TestBackend()
beforeAll(() => server.start(), 60_000)
afterAll(() => server[Symbol.asyncDispose]())

const calls = (actor: Actor) =>
  appRouter.createCaller({ backend: server.it, actor, address: "", socket: undefined, setSession: undefined })

test("what was said before somebody came is not new to them, and neither is what was said while they were gone", async () => {
  const [ann, bo] = [await server.person("Ann"), await server.person("Bo")]
  const room = await server.room(ann)
  const { join, leave, list } = calls(bo).room
  const commandId = (): { readonly commandId: CommandId } => ({ commandId: newCommandId() })
  const unread = async () => (await list()).find((one) => one.room === room)
  await server.post(ann, room, "before", "before that")
  const joined = await join({ room, ...commandId() })
  expect(await unread()).toMatchObject({ unread: 0, readUpTo: joined.seq, head: joined.seq })
  await server.post(ann, room, "welcome")
  expect(await unread()).toMatchObject({ unread: 1, readUpTo: joined.seq })
  await leave({ room, ...commandId() })
  await server.post(ann, room, "he is gone", "really")
  const again = await join({ room, ...commandId() })
  expect(await unread()).toMatchObject({ unread: 0, readUpTo: again.seq })
})
