import { fork } from "node:child_process"
import { run } from "@roomlog/backend"
import { startBridge } from "./oldClient.ts"

const n = 300
if (process.argv[2]) {
  const url = process.argv[2].replace("http", "ws")
  let heard = 0,
    joined = 0
  for (let i = 0; i < n; i++) {
    const ws = new WebSocket(`${url}/socket.io/?EIO=4&transport=websocket`)
    ws.onmessage = ({ data }) => {
      if (data[0] === "0") ws.send("40")
      else if (data === "2") ws.send("3")
      else if (data.startsWith("40")) ws.send(`420["join",{"username":"Bencher","room":"bench"}]`)
      else if (data.startsWith("430")) {
        if (++joined === n) process.send!("joined")
      } else if (data.includes("payload") && ++heard % (n * 1) === 0) process.send!(heard)
    }
  }
} else {
  const bridge = await startBridge()
  const child = fork(new URL(import.meta.url).pathname, [bridge.url])
  let total = 0
  const until = (k: unknown) =>
    new Promise<void>((r) =>
      child.on("message", (m) => {
        if (typeof m === "number") total = m
        if (m === k || (typeof k === "number" && total >= k)) r()
      }),
    )
  await until("joined")
  const { commands, identity, rooms, newId } = bridge.roomlog.backend
  const { actor } = await run(identity.speakAs("Bencher"))
  const room = (await run(rooms.byName(actor.id, "bench")))!.room
  const post = (i: number) =>
    run(
      commands.execute(actor, newId() as never, {
        _tag: "PostMessage",
        room,
        message: newId() as never,
        text: `payload ${i} ${"x".repeat(180)}`,
        images: [],
        replyTo: null,
      }),
    )
  for (let round = 0; round < 2; round++) {
    const k = 200
    const target = total + k * n
    const before = process.cpuUsage(),
      t0 = performance.now()
    for (let i = 0; i < k; i++) await post(i)
    await until(target)
    const { user, system } = process.cpuUsage(before)
    console.log(
      `us a delivery: user ${(user / (k * n)).toFixed(2)} system ${(system / (k * n)).toFixed(2)} wall ${(((performance.now() - t0) * 1000) / (k * n)).toFixed(2)}`,
    )
  }
  for (let round = 0; round < 4; round++) {
    const k = 200
    const target = total + k * n
    const before = process.cpuUsage(),
      t0 = performance.now()
    for (let i = 0; i < k; i++) {
      bridge.roomlog.backend.feed.signal(room, { _tag: "CameOnline", user: newId() as never, name: `payload ${i} ${"x".repeat(180)}` })
      await new Promise((r) => setImmediate(r))
    }
    await until(target)
    const { user, system } = process.cpuUsage(before)
    console.log(
      `broadcast: user ${(user / (k * n)).toFixed(2)} system ${(system / (k * n)).toFixed(2)} wall ${(((performance.now() - t0) * 1000) / (k * n)).toFixed(2)}`,
    )
  }
  child.kill()
  process.exit(0)
}
