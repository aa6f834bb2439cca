import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { MediaKey } from "@roomlog/schemas"
import { startRoomlog, type TestOptions, type TestRoomlog } from "@roomlog/testing"
import { Effect } from "effect"
import { Server } from "socket.io"
import { io, type ManagerOptions, type SocketOptions } from "socket.io-client"
import { attachBridge } from "./bridge.ts"
import { bridgeOptions } from "./options.ts"
import type { Media } from "./session.ts"
import type { OldMessage, OldPost } from "./translate.ts"

/** A Roomlog with the bridge on a port of its own, for the tests of this folder. */
export interface TestBridge extends AsyncDisposable {
  readonly url: string
  readonly roomlog: TestRoomlog
  readonly io: Server
  /** What went wrong inside. */
  readonly failures: ReadonlyArray<unknown>
  /** Bytes that were brought as images. */
  readonly images: ReadonlyArray<Uint8Array>
  readonly client: (options?: Partial<ManagerOptions & SocketOptions>) => OldClient
}

export const startBridge = async (options: TestOptions = {}): Promise<TestBridge> => {
  const roomlog = await startRoomlog(options)
  const { backend } = roomlog
  const failures: unknown[] = []
  const images: Uint8Array[] = []
  const media: Media = {
    accept: Effect.fnUntraced(function* ({ room, owner, bytes }) {
      images.push(bytes)
      const key = MediaKey.make(`img_1735212345_${crypto.randomUUID().replaceAll("-", "")}.png`)
      yield* backend.run(
        `insert into media (key, room, owner, type, width, height, bytes, created_at)
         values ($1, $2::uuid, $3::uuid, 'image/png', 1, 1, $4, $5)`,
        [key, room, owner.id, bytes.length, backend.now()],
      )
      return { key, type: "image/png", width: 1, height: 1, bytes: bytes.length }
    }),
  }
  const http = createServer()
  const server = new Server(
    http,
    bridgeOptions(({ headers }) => headers.origin !== "http://elsewhere.example"),
  )
  attachBridge({ backend, io: server, media, failed: (cause) => void failures.push(cause) })
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve))
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`
  const clients: OldClient[] = []
  return {
    url,
    roomlog,
    io: server,
    failures,
    images,
    client: (more = {}) => {
      const made = new OldClient(url, more)
      clients.push(made)
      return made
    },
    [Symbol.asyncDispose]: async () => {
      for (const { socket } of clients) socket.close()
      await server.close()
      await roomlog[Symbol.asyncDispose]()
    },
  }
}

/** The words of the old web page, over the real Socket.IO client. */
export class OldClient {
  readonly heard: (OldMessage & Partial<Pick<OldPost, "seq">>)[] = []
  readonly socket
  readonly #waiting = new Set<() => void>()

  constructor(url: string, options: Partial<ManagerOptions & SocketOptions>) {
    this.socket = io(url, { forceNew: true, reconnection: false, ...options })
    this.socket.on("message", (message) => {
      this.heard.push(message)
      for (const look of this.#waiting) look()
    })
  }

  join(username: unknown, room: unknown): Promise<unknown> {
    return this.socket.emitWithAck("join", { username, room })
  }

  send(words: unknown): Promise<unknown> {
    return this.socket.emitWithAck("send_message", words)
  }

  /** Waits until a message with this text or image was heard, and returns it. */
  hears(text: string): Promise<OldMessage & Partial<Pick<OldPost, "seq">>> {
    return new Promise((resolve) => {
      const look = (): void => {
        const found = this.heard.find(({ message, image }) => (image ?? message).includes(text))
        if (found === undefined) return
        this.#waiting.delete(look)
        resolve(found)
      }
      this.#waiting.add(look)
      look()
    })
  }

  /** What it heard, as `name: text`. */
  get lines(): ReadonlyArray<string> {
    return this.heard.map(({ username, message, image }) => `${username}: ${image ?? message}`)
  }
}
