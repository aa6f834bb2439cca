import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { connect } from "@roomlog/client"
import { mediaPath } from "@roomlog/schemas/paths"
import { afterAll, beforeAll, expect, test } from "vitest"
import { until } from "../live.ts"
import { ServerProcess } from "../serverProcess.ts"
import { kinds, OldClient, pixel, pixelUrl } from "./sockets.ts"

let folder: string
let server: ServerProcess
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "roomlog-sockets-"))
  const generous = Object.fromEntries(
    ["POSTS", "JOINS", "UPLOADS", "SIGN_INS", "OLD_JOINS"].map((kind) => [`RATE_${kind}`, "100000/1"]),
  )
  server = await ServerProcess.start(join(folder, "data"), generous)
})
afterAll(async () => {
  await server?.kill()
  await rm(folder, { recursive: true, force: true })
})

test("clients of all versions over all transports and a person talk on over a kill and a restart, and nothing is lost or doubled", async () => {
  const dana = connect({ url: server.url })
  await dana.signIn("Dana")
  const { room } = await dana.rooms.enter("harbour")
  const hers = dana.open(room)
  await hers.ready
  const crew = await Promise.all(
    kinds.map(async ({ version, way }, n) => {
      const client = new OldClient({ url: server.url, version, way, resumes: true })
      expect(await client.join(`Sailor ${n}`, "harbour")).toBe(true)
      return client
    }),
  )
  const posted: Promise<number>[] = []
  const say = async (when: string): Promise<void> => {
    for (const [n, client] of crew.entries()) {
      await insist(client, `${n} in text ${when}`, { message: `${n} in text ${when}` })
      if (n % 3 === 0) expect(await client.send({ image: pixelUrl, content_type: "image" })).toBe(true)
    }
    const stored = await dana.upload(room, new File([pixel], "tide.png", { type: "image/png" })).done
    posted.push(hers.post({ text: `Dana with an image ${when}`, images: [{ ...stored, alt: "" }] }))
  }

  await say("before")
  for (const end of ["kill", "stop"] as const) {
    for (let n = 0; n < 20; n++) {
      posted.push(hers.post({ text: `Dana ${n} about the ${end}` }))
      if (n === 10) await Promise.race(posted.slice(-5))
      if (n === 12) await server[end]()
    }
    await server.start()
    await Promise.all(posted)
    await say(`after the ${end}`)
  }
  await Promise.all(posted)
  await hers.post({ text: "the end" })
  await Promise.all(crew.map((client) => client.hears("the end")))
  await until(hers.state, ({ items }) => items.some((item) => item._tag === "Message" && item.text === "the end"))

  const { items } = await dana.history({ room, limit: 100 })
  const truth = items.flatMap((item) =>
    item._tag === "Message"
      ? [...(item.text === "" ? [] : [item.text]), ...item.images.map(({ key }) => mediaPath(key))]
      : [],
  )
  expect(new Set(truth).size).toBe(truth.length)
  for (const client of crew) {
    const heard = client.heard.filter(({ username }) => username !== "System")
    const lines = heard.map(({ message, image }) => image ?? message)
    expect(lines).toEqual(truth.slice(truth.indexOf(lines[0]!)))
    client.close()
  }
  dana.close()
})

/** Says it until it is acknowledged or heard: what was not may be said again, because whoever resumes has heard what is there. */
const insist = async (client: OldClient, text: string, words: object): Promise<void> => {
  while (!client.said.some((line) => line.endsWith(text))) {
    if ((await client.send(words)) === true) return
    await client.hears("has joined", client.heard.length)
  }
}
