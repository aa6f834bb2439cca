import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { Server } from "socket.io"
import { oldMessage, type Telling } from "./words.ts"

// Socket.IO alone: a server that does nothing but broadcast to a room.

const http = createServer()
const io = new Server(http, { perMessageDeflate: false, serveClient: false })
io.on("connection", (socket) => {
  socket.on("join", async ({ room }: { room: string }, done: (ok: boolean) => void) => {
    await socket.join(room)
    done(true)
  })
})

process.on("message", ({ seq, count }: Telling) => {
  for (let i = 0; i < count; i++) io.to("hall").emit("message", oldMessage(seq + i))
})
process.once("disconnect", () => process.exit(0))
process.once("SIGTERM", () => process.exit(0))
http.listen(0, "127.0.0.1", () => console.log(`listens on http://127.0.0.1:${(http.address() as AddressInfo).port}`))
