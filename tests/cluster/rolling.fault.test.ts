import { connect } from "@roomlog/client"
import { afterAll, beforeAll, expect, test } from "vitest"
import { v7 } from "../../apps/server/src/ids.ts"
import { type Cluster, startCluster } from "./cluster.ts"

let cluster: Cluster
const none = "1000000/1"
beforeAll(async () => {
  cluster = await startCluster({ nodes: 3, settings: { RATE_POSTS: none, RATE_JOINS: none, RATE_SIGN_INS: none } })
})
afterAll(() => cluster?.stop())

/** A caller without any cleverness: one request, one answer, no second try. */
const bareCaller = async (url: string, name: string) => {
  const signedIn = await fetch(`${url}/trpc/identity.signIn`, post({ name }))
  expect(signedIn.status).toBe(200)
  const cookie = signedIn.headers
    .getSetCookie()
    .map((line) => line.split(";")[0]!)
    .join("; ")
  return {
    read: (input: unknown) =>
      fetch(`${url}/trpc/message.history?input=${encodeURIComponent(JSON.stringify(input))}`, { headers: { cookie } }),
    write: (input: unknown) => fetch(`${url}/trpc/message.post`, post(input, { cookie })),
    enter: (input: unknown) => fetch(`${url}/trpc/room.join`, post(input, { cookie })),
  }
}

const post = (body: unknown, headers: Record<string, string> = {}): RequestInit => ({
  method: "POST",
  headers: { "content-type": "application/json", ...headers },
  body: JSON.stringify(body),
})

/** Waits until something is so. */
const so = async (is: () => boolean): Promise<void> => {
  while (!is()) await new Promise((resolve) => setTimeout(resolve, 20))
}

test("an upgrade, node by node: nothing said is lost or doubled, no read fails", { timeout: 240_000 }, async () => {
  const clients = await Promise.all(
    ["Ann", "Bob", "Eve"].map(async (name) => {
      const client = connect({ url: cluster.url })
      await client.signIn(name)
      const { room } = await client.rooms.enter("harbour")
      const harbour = client.open(room)
      await harbour.ready
      return { client, room, harbour }
    }),
  )
  const { room, client } = clients[0]!
  const bare = await bareCaller(cluster.url, "Bare")
  expect((await bare.enter({ room, commandId: v7() })).status).toBe(200)

  let isOver = false
  const during = async (step: (count: number) => Promise<void>): Promise<void> => {
    for (let count = 1; !isOver; count++) await step(count)
  }
  const said: string[] = []
  const seqs = new Map<string, number>()
  const failedReads: string[] = []
  const refused: string[] = []
  let repeated = 0
  const writers = clients.map(({ harbour }, who) =>
    during(async (count) => {
      const text = `${who} says ${count}`
      said.push(text)
      seqs.set(text, await harbour.post({ text }))
    }),
  )
  const bareWriter = during(async (count) => {
    const text = `bare ${count}`
    const command = { room, text, message: v7(), commandId: v7(), images: [], replyTo: null }
    said.push(text)
    for (;;) {
      const answer = await bare.write(command).catch(() => undefined)
      if (answer?.ok) return void seqs.set(text, (await answer.json()).result.data.seq)
      // A write may break off with its node; it is the caller's to repeat, with the same command id.
      if (answer !== undefined && answer.status < 500) refused.push(`${answer.status} ${await answer.text()}`)
      if (refused.length > 0) return
      repeated++
    }
  })
  let reads = 0
  const readers = [1, 2, 3].map(() =>
    during(async () => {
      reads++
      const answer = await bare.read({ room, limit: 10 }).catch((cause: unknown) => cause)
      if (!(answer instanceof Response && answer.ok))
        failedReads.push(answer instanceof Response ? `${answer.status} ${await answer.text()}` : String(answer))
      else await answer.json()
    }),
  )

  for (const node of cluster.nodes) {
    const before = said.length
    expect(await node.stop()).toBe(0)
    await so(() => said.length >= before + 20)
    await node.start()
    await so(() => cluster.balancer.up().includes(node.url))
  }
  isOver = true
  await Promise.all([...writers, bareWriter, ...readers])

  expect(failedReads).toEqual([])
  expect(refused).toEqual([])
  expect(reads).toBeGreaterThan(30)
  const heard: { text: string; seq: number }[] = []
  for (let before: number | undefined; ; ) {
    const { items } = await client.history({ room, limit: 100, ...(before === undefined ? {} : { before }) })
    if (items.length === 0) break
    heard.unshift(...items.flatMap((item) => (item._tag === "Message" ? [{ text: item.text, seq: item.seq }] : [])))
    before = items[0]!.seq
  }
  expect(heard.map(({ text }) => text).toSorted()).toEqual(said.toSorted())
  for (const { text, seq } of heard) expect(seqs.get(text)).toBe(seq)
  // Every node had its share, so each restart met somebody.
  for (const given of Object.values(cluster.balancer.given())) expect(given).toBeGreaterThan(10)
  console.log(`${said.length} messages, ${reads} reads, ${repeated} writes sent again by their caller`)
  for (const one of clients) one.client.close()
})
