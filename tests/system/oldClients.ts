import { io } from "socket.io-client"
import { describe, expect, test } from "vitest"
import type { Doors } from "./doors.ts"
import { sees } from "./shown.ts"

/** Clients of the application before: they hear of everybody, and everybody of them. */
export const oldClients = (doors: Doors) =>
  describe("old clients", () => {
    test("two of them meet on two nodes, talk, and part", async () => {
      const ann = old(doors, doors.node(0))
      const ben = old(doors, doors.node(1))
      expect(await ann.join("Ann 21", "Meeting 21")).toBe(true)
      expect(await ben.join("Ben 21", " meeting 21 ")).toBe(true)
      await ann.hears("Ben 21 has joined")
      expect(await ann.say("Hello <b>Ben</b>")).toBe(true)
      await ben.hears("Hello <b>Ben</b>")
      expect(await ben.say("Hello Ann")).toBe(true)
      await Promise.all([ann.hears("Hello Ann"), ben.hears("Hello Ann")])
      ben.leave()
      await ann.hears("Ben 21 has left")
      expect(ann.lines()).toEqual([
        "System: Ann 21 has joined the room",
        "System: Ben 21 has joined the room",
        "Ann 21: Hello <b>Ben</b>",
        "Ben 21: Hello Ann",
        "System: Ben 21 has left the room",
      ])
    })

    test("an old client and today's client hear each other", async () => {
      const cleo = old(doors, doors.node(2))
      await cleo.join("Cleo 22", "both 22")
      const dan = await doors.signedIn("Dan 22", { url: doors.node(1) })
      const { room } = await dan.rooms.enter("both 22")
      const open = dan.open(room)
      await open.ready
      await cleo.hears("Dan 22 has joined")
      await open.post({ text: "from today" })
      await cleo.hears("Dan 22: from today")
      expect(await cleo.say("from the past")).toBe(true)
      expect(await sees(open, "from the past")).toMatchObject({ images: [], replyTo: null })
    })

    test("a name that somebody signed in holds is refused to an old client on any node", async () => {
      await doors.signedIn("Eve 23", { url: doors.node(0) })
      for (const url of doors.nodes) expect(await old(doors, url).join("eve 23", "lobby 23")).toBe(false)
    })
  })

interface OldMessage {
  readonly username: string
  readonly message: string
}

/** One of them, over the real Socket.IO client; websocket alone, because a long poll needs a sticky balancer. */
const old = (doors: Doors, url: string) => {
  const heard: string[] = []
  const waiting = new Set<() => void>()
  const socket = io(url, { forceNew: true, transports: ["websocket"] })
  doors.whenOver(() => socket.close())
  socket.on("message", ({ username, message }: OldMessage) => {
    heard.push(`${username}: ${message}`)
    for (const look of waiting) look()
  })
  return {
    join: (username: string, room: string): Promise<unknown> => socket.emitWithAck("join", { username, room }),
    say: (message: string): Promise<unknown> => socket.emitWithAck("send_message", { message }),
    leave: () => void socket.close(),
    lines: (): ReadonlyArray<string> => heard,
    /** Waits until it heard a line with this text. */
    hears: (text: string): Promise<void> =>
      new Promise((resolve) => {
        const look = (): void => {
          if (!heard.some((line) => line.includes(text))) return
          waiting.delete(look)
          resolve()
        }
        waiting.add(look)
        look()
      }),
  }
}
