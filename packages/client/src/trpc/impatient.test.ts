import { expect, test } from "vitest"
import { WebSocketServer, WebSocket as WsSocket } from "ws"
import { impatient } from "./impatient.ts"

for (const [name, Base] of [
  ["the built-in WebSocket", globalThis.WebSocket],
  ["ws", WsSocket as unknown as typeof WebSocket],
] as const)
  test(`${name} closes although the other side is dead`, async () => {
    const server = new WebSocketServer({ port: 0, host: "127.0.0.1" })
    server.on("connection", (_, request) => request.socket.pause())
    await new Promise((resolve) => server.once("listening", resolve))
    const { port } = server.address() as { readonly port: number }
    const socket = new (impatient(Base))(`ws://127.0.0.1:${port}`)
    await new Promise((resolve) => socket.addEventListener("open", resolve))
    const closed = new Promise<unknown>((resolve) => socket.addEventListener("close", resolve))
    socket.close()
    expect(await closed).toMatchObject({ type: "close" })
    for (const client of server.clients) client.terminate()
    await new Promise((resolve) => server.close(resolve))
  })
