import { EventEmitter } from "node:events"
import { Writable } from "node:stream"
import { setImmediate as turn } from "node:timers/promises"
import type { Socket } from "socket.io"
import { expect, test } from "vitest"
import { outboxOf } from "./outbox.ts"
import type { Packet } from "./packets.ts"

/** Engine.IO's end of a WebSocket that may be told not to write. */
class Connection extends EventEmitter {
  readonly readyState = "open"
  readonly written: Array<string> = []
  readonly wire = new Writable({
    write: (chunk, _encoding, done) => {
      this.written.push(String(chunk))
      done()
    },
  })
  readonly transport = { name: "websocket", writable: true, socket: { _socket: this.wire, bufferedAmount: 0 } }
  readonly #waiting: Array<string> = []

  write(data: string): void {
    this.emit("packetCreate", { data })
    this.#waiting.push(data)
    this.flush()
  }

  flush(): void {
    if (!this.transport.writable || this.#waiting.length === 0) return
    this.emit("flush")
    for (const text of this.#waiting.splice(0)) this.wire.write(`[${text}]`)
  }
}

const packet = (text: string): Packet => ({
  text,
  options: { compress: false, wsPreEncodedFrame: [Buffer.from(`<${text}>`)] },
})

test("what is told past Engine.IO never overtakes what waits in it", async () => {
  const connection = new Connection()
  const outbox = outboxOf(connection as unknown as Socket["conn"])
  const told = async (): Promise<string> => {
    await turn()
    return connection.written.splice(0).join("")
  }

  outbox.send(packet("1"))
  connection.write("2")
  outbox.send(packet("3"))
  expect(await told()).toBe("<1>[2]<3>")

  connection.transport.writable = false
  connection.write("4")
  outbox.send(packet("5"))
  expect([await told(), outbox.buffered()]).toEqual(["", 2])

  connection.transport.writable = true
  outbox.send(packet("6"))
  outbox.send(packet("7"))
  expect([await told(), outbox.buffered()]).toEqual(["[4][5][6]<7>", 0])
})
