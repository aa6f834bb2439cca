import { randomUUID } from "node:crypto"
import { WebSocket } from "ws"

/** Somebody in a room, on a WebSocket of their own. */
export interface Seat {
  readonly socket: WebSocket
  readonly say: (text: string) => void
}

/** Where somebody sits: the `index`-th in the `room`-th room. */
export interface Place {
  readonly room: number
  readonly index: number
}

/** How a system's clients speak. `enter` ends when the person is in the room and hears everything said from then on. */
export interface Dialect {
  readonly enter: (url: string, place: Place) => Promise<Seat>
  /** Answers what keeps a connection alive; true when the frame was only that. */
  readonly answers: (socket: WebSocket, frame: string) => boolean
}

const nameOf = ({ room, index }: Place): string => `Person ${room} ${index}`

/** A socket that gives the next frame that fits. */
const opened = async (url: string, options: { headers?: Record<string, string>; protocol?: string } = {}) => {
  const socket = new WebSocket(url, options.protocol ?? [], {
    perMessageDeflate: false,
    ...(options.headers ? { headers: options.headers } : {}),
  })
  await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject))
  const next = (fits: (frame: string) => boolean): Promise<string> =>
    new Promise((resolve, reject) => {
      const hear = (data: unknown): void => {
        const frame = String(data)
        if (!fits(frame)) return
        socket.off("message", hear)
        resolve(frame)
      }
      socket.on("message", hear)
      socket.once("close", (code, why) => reject(new Error(`closed with ${code} ${why}`)))
    })
  return { socket, next }
}

const roomIds = new Map<string, string>()

const roomlog: Dialect = {
  enter: async (url, place) => {
    const { token } = await call<{ token: string }>(url, "identity.signIn", { name: nameOf(place) })
    const room = roomIds.get(`${url} ${place.room}`) ?? randomUUID()
    roomIds.set(`${url} ${place.room}`, room)
    const command = { commandId: randomUUID(), room }
    if (place.index === 0)
      await call(url, "room.create", { ...command, name: `room-${place.room}`, topic: "", visibility: "public" }, token)
    else await call(url, "room.join", command, token)
    const { socket, next } = await opened(`${url.replace("http", "ws")}/trpc`, {
      headers: { authorization: `Bearer ${token}` },
    })
    const live = next((frame) => frame.includes('"_tag":"Live"'))
    socket.send(`{"id":1,"method":"subscription","params":{"path":"room.follow","input":{"room":"${room}"}}}`)
    await live
    let id = 1
    return {
      socket,
      say: (text) =>
        socket.send(
          `{"id":${++id},"method":"mutation","params":{"path":"message.post","input":{"commandId":"${randomUUID()}","room":"${room}","message":"${randomUUID()}","text":"${text}","images":[],"replyTo":null}}}`,
        ),
    }
  },
  answers: (socket, frame) => {
    if (frame.includes('"error"')) throw new Error(frame)
    if (frame !== "PING") return false
    socket.send("PONG")
    return true
  },
}

const call = async <A>(url: string, path: string, input: object, token?: string): Promise<A> => {
  const response = await fetch(`${url}/trpc/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...(token ? { authorization: `Bearer ${token}` } : {}) },
    body: JSON.stringify(input),
  })
  const answer = (await response.json()) as { result?: { data: A }; error?: { message: string } }
  if (answer.result === undefined) throw new Error(`${path}: ${answer.error?.message}`)
  return answer.result.data
}

/** Socket.IO's protocol as its own client speaks it over a WebSocket (engine.io 4). */
const naive: Dialect = {
  enter: async (url, place) => {
    const { socket, next } = await opened(`${url.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`)
    const connected = next((frame) => frame.startsWith("40"))
    socket.send("40")
    await connected
    const joined = next((frame) => frame.startsWith("431"))
    socket.send(`421["join",{"username":"${nameOf(place)}","room":"room-${place.room}"}]`)
    await joined
    return { socket, say: (text) => socket.send(`42["send_message",{"message":"${text}"}]`) }
  },
  answers: (socket, frame) => {
    if (frame !== "2") return false
    socket.send("3")
    return true
  },
}

export const dialects: Readonly<Record<string, Dialect>> = { roomlog, naive }
