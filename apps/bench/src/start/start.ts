import type { Bench, Figures, Lab } from "../bench.ts"
import { madeRoom, signedIn } from "../systems/api.ts"
import { asked } from "../systems/child.ts"
import { type Home, newHome, startAt } from "../systems/roomlog.ts"
import { type Seeded, seed } from "../systems/seed.ts"
import { firstMessage } from "./firstMessage.ts"

const toFirst = "to the first message, s"

/** What one waits for: whoever starts a server, and whoever runs a test. */
export const start: Bench = {
  name: "start",
  work: "From starting the embedded server until somebody has heard the first message; from startRoomlog() until it is there",
  cases: async function* (lab: Lab) {
    yield {
      name: "new folder",
      ways: [{ name: "roomlog", run: inNewFolder }],
      targets: [{ metric: toFirst, most: 1.5 }],
    }
    const home = await newHome()
    const texts = lab.quick ? 1_000 : 100_000
    try {
      lab.progress(`start: filling a folder with ${texts.toLocaleString("en")} events`)
      const seeded = await seed(home, 1, texts)
      yield {
        name: `folder of ${texts.toLocaleString("en")} events`,
        ways: [{ name: "roomlog", run: () => inFolder(home, seeded, texts) }],
        targets: [{ metric: toFirst, most: 0.8 }],
      }
    } finally {
      home.leave()
    }
    yield {
      name: "in a test",
      ways: [{ name: "roomlog", run: inTest }],
      targets: [
        { metric: "startRoomlog() first, s", most: 1 },
        { metric: "startRoomlog() next, s", most: 0.3 },
        { metric: "reset between tests, ms", most: 5 },
      ],
    }
  },
}

const inNewFolder = async (): Promise<Figures> => {
  const home = await newHome()
  const began = performance.now()
  const server = await startAt(home)
  try {
    const token = await signedIn(server.url, "Ann")
    const room = await madeRoom(server.url, "hall", token)
    await firstMessage({ url: server.url, token, room })
    return { [toFirst]: (performance.now() - began) / 1_000 }
  } finally {
    await server.stop()
    home.leave()
  }
}

const inFolder = async (home: Home, { token, rooms }: Seeded, texts: number): Promise<Figures> => {
  const began = performance.now()
  const server = await startAt(home)
  try {
    const seq = await firstMessage({ url: server.url, token, room: rooms[0]! })
    const took = performance.now() - began
    if (seq <= texts) throw new Error(`${texts} texts were there, but the next one is number ${seq}`)
    return { [toFirst]: took / 1_000 }
  } finally {
    await server.stop()
  }
}

const inTest = async (): Promise<Figures> => {
  const { first, next, reset } = await asked<Waited>(new URL("library.ts", import.meta.url), {})
  return { "startRoomlog() first, s": first, "startRoomlog() next, s": next, "reset between tests, ms": reset }
}

interface Waited {
  readonly first: number
  readonly next: number
  readonly reset: number
}
