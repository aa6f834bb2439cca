import { setTimeout as pause } from "node:timers/promises"
import { startPostgres } from "@roomlog/log/testing"
import type { Bench, Figures, Lab } from "../bench.ts"
import { posting, socketOf } from "../systems/api.ts"
import { newHome, startAt } from "../systems/roomlog.ts"
import { seed } from "../systems/seed.ts"
import { opened } from "../talk/dialect.ts"
import { launchBrowser } from "./browser.ts"
import { listening, opening, type Place, scrolling } from "./visits.ts"

const perSecond = 50

/** What somebody feels who opens the page in a browser. */
export const page: Bench = {
  name: "page",
  work: "The page in Chromium, in a room of many messages: its first load, scrolling, and 50 messages a second arriving",
  cases: async function* (lab: Lab) {
    const postgres = await startPostgres()
    const home = await newHome(postgres)
    const texts = lab.quick ? 2_000 : 100_000
    const { token, rooms } = await seed(home, 1, texts)
    const server = await startAt(home)
    const browser = await launchBrowser()
    const place: Place = { url: server.url, token, name: "room-0" }
    const seconds = lab.quick ? 2 : 10
    const way = (run: () => Promise<Figures>) => [{ name: "roomlog", run }]
    try {
      yield {
        name: `opening a room of ${texts.toLocaleString("en")} messages`,
        ways: way(() => opening(browser, place)),
        targets: [
          { metric: "first load, kB gzip", most: 50 },
          { metric: "until usable, s", most: 1 },
        ],
      }
      yield {
        name: "scrolling at 300 rows",
        ways: way(() => scrolling(browser, place, seconds)),
        targets: [{ metric: "longest frame, ms", most: 50 }],
      }
      yield {
        name: `${perSecond} messages a second arriving`,
        ways: way(() => listening(browser, place, () => talk(place, rooms[0]!, seconds))),
        targets: [{ metric: "long tasks, %", most: 5 }],
      }
    } finally {
      await browser.close()
      await server.stop()
      home.leave()
      await postgres.stop()
    }
  },
}

/** Says something 50 times a second and gives the last thing said. */
const talk = async ({ url, token }: Place, room: string, seconds: number): Promise<string> => {
  const { socket } = await opened(socketOf(url), { headers: { authorization: `Bearer ${token}` } })
  socket.on("message", (data) => {
    if (String(data) === "PING") socket.send("PONG")
  })
  const began = performance.now()
  let text = ""
  for (let n = 1; n <= seconds * perSecond; n++) {
    await pause(Math.max(0, began + (n * 1_000) / perSecond - performance.now()))
    text = `arriving ${Math.round(began)} number ${n} of what is said`
    const params = { path: "message.post", input: posting(room, text) }
    socket.send(JSON.stringify({ id: n, method: "mutation", params }))
  }
  socket.close()
  return text
}
