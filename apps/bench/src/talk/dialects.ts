import { randomUUID } from "node:crypto"
import { call, madeRoom, posting, signedIn, socketOf } from "../systems/api.ts"
import { type Dialect, opened, type Place } from "./dialect.ts"
import { xmpp } from "./xmpp.ts"

const nameOf = ({ room, index }: Place): string => `Person ${room} ${index}`

/** Rooms by their number. */
const roomIds = new Map<number, string>()

const roomlog: Dialect = {
  enter: async (url, place) => {
    const token = await signedIn(url, nameOf(place))
    if (place.index === 0) roomIds.set(place.room, await madeRoom(url, `room-${place.room}`, token))
    const room = roomIds.get(place.room)!
    if (place.index > 0) await call(url, "room.join", { commandId: randomUUID(), room }, token)
    const { socket, next } = await opened(socketOf(url), {
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
          `{"id":${++id},"method":"mutation","params":{"path":"message.post","input":${JSON.stringify(posting(room, text))}}}`,
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

/** How the clients of each system speak. */
export const dialects: Readonly<Record<string, Dialect>> = { roomlog, naive, xmpp }
