import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { Server } from "socket.io"

// A chat as it is written in an afternoon: no sign-in, no limits, no rights; each message is inserted, then emitted.

const { default: postgres } = await import(process.env["MENDED"] ? "postgres" : "postgres-as-published")
const sql = postgres(process.env["DATABASE_URL"]!, { max: 10 })
await sql`create table room (name text primary key)`
await sql`
  create table message (
    id bigserial primary key,
    room text not null references room,
    username text not null,
    content text not null,
    at timestamptz not null default now()
  )`
await sql`create index on message (room, id desc)`

const http = createServer()
const io = new Server(http, { perMessageDeflate: false, serveClient: false })

io.on("connection", (socket) => {
  let here: { readonly username: string; readonly room: string } | undefined
  socket.on("join", async (who: { username: string; room: string }, done?: (ok: boolean) => void) => {
    await sql`insert into room (name) values (${who.room}) on conflict do nothing`
    here = who
    await socket.join(who.room)
    done?.(true)
  })
  socket.on("send_message", async ({ message }: { message: string }) => {
    if (!here) return
    const { room, username } = here
    const [stored] = await sql<[{ id: string; at: Date }]>`
      insert into message (room, username, content) values (${room}, ${username}, ${message}) returning id, at`
    io.to(room).emit("message", { id: stored.id, username, message, timestamp: stored.at })
  })
})

process.once("SIGTERM", () => process.exit(0))
http.listen(0, "127.0.0.1", () => console.log(`listens on http://127.0.0.1:${(http.address() as AddressInfo).port}`))
