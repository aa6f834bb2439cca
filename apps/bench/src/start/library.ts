import { startRoomlog, type TestRoomlog } from "@roomlog/testing"

// What a test waits for: `startRoomlog()` once when the process is new, once more, and a reset between two tests.

const seconds = async <A>(work: () => Promise<A>): Promise<readonly [number, A]> => {
  const began = performance.now()
  const done = await work()
  return [(performance.now() - began) / 1_000, done]
}

/** A test that leaves something behind. */
const test = async (roomlog: TestRoomlog): Promise<void> => {
  const ann = await roomlog.signedIn("Ann")
  if ((await ann.rooms.find("hall")) !== null) throw new Error("a new Roomlog has rooms")
  const { room } = await ann.rooms.enter("hall")
  await ann.open(room).post({ text: "somebody was here" })
}

const [first, one] = await seconds(startRoomlog)
await test(one)
await one[Symbol.asyncDispose]()
const [next, other] = await seconds(startRoomlog)
const resets: Array<number> = []
for (let n = 0; n < 20; n++) {
  await test(other)
  const [reset] = await seconds(() => other.reset())
  resets.push(reset * 1_000)
}
await test(other)
await other[Symbol.asyncDispose]()
process.send!({ first, next, reset: resets.toSorted((a, b) => a - b)[10] }, () => process.exit(0))
