import { startRoomlog } from "@roomlog/testing"

// What a test waits for: `startRoomlog()` once when the process is new, and once more.

const timed = async (): Promise<number> => {
  const began = performance.now()
  const roomlog = await startRoomlog()
  const took = performance.now() - began
  const ann = await roomlog.signedIn("Ann")
  if ((await ann.rooms.find("nowhere")) !== null) throw new Error("a new Roomlog has rooms")
  await roomlog[Symbol.asyncDispose]()
  return took / 1_000
}

const first = await timed()
const next = await timed()
process.send!({ first, next }, () => process.exit(0))
