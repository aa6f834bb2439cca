import type { AddressInfo } from "node:net"
import { type WebSocket, WebSocketServer } from "ws"
import { frame, ids, type Telling } from "./words.ts"

// The limit: a server that does nothing but write finished frames to all its sockets.

const wss = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate: false })
wss.once("listening", () => console.log(`listens on ws://127.0.0.1:${(wss.address() as AddressInfo).port}`))
/** Sockets by the id that their listener subscribed with. */
const lanes = Array.from({ length: ids + 1 }, () => new Set<WebSocket>())

wss.on("connection", (socket) => {
  socket.once("message", (data) => {
    const { id } = JSON.parse(String(data)) as { id: number }
    lanes[id]!.add(socket)
    socket.once("close", () => lanes[id]!.delete(socket))
    socket.send(`{"id":${id},"result":{"type":"data","id":"0","data":{"id":"0","data":{"_tag":"Live","here":[]}}}}`)
  })
})

process.on("message", ({ seq, count }: Telling) => {
  for (const [id, lane] of lanes.entries()) {
    if (lane.size === 0) continue
    const bytes = Buffer.from(frame(id, seq, count))
    for (const socket of lane) socket.send(bytes, { binary: false })
  }
})
process.once("disconnect", () => process.exit(0))
process.once("SIGTERM", () => process.exit(0))
