import { connect } from "@roomlog/client"
import { afterAll, beforeAll, expect, test } from "vitest"
import { until } from "../live.ts"
import { type Cluster, startCluster } from "./cluster.ts"

let cluster: Cluster
beforeAll(async () => {
  cluster = await startCluster({ nodes: 2, settings: { RATE_SIGN_INS: "100/1" } })
})
afterAll(() => cluster?.stop())

test("what is said at one node is heard at the other", { timeout: 120_000 }, async () => {
  const [ann, bob] = await Promise.all(
    ["Ann", "Bob"].map(async (name, node) => {
      const client = connect({ url: cluster.nodes[node]!.url })
      await client.signIn(name)
      return client
    }),
  )
  const { room } = await ann!.rooms.enter("lobby")
  await bob!.rooms.enter("lobby")
  const [spoken, heard] = [ann!.open(room), bob!.open(room)]
  await Promise.all([spoken.ready, heard.ready])
  const seq = await spoken.post({ text: "hello over there" })
  await until(heard.state, ({ upTo }) => upTo >= seq)
  expect(heard.state.get().items.at(-1)).toMatchObject({ text: "hello over there", seq })
  for (const client of [ann!, bob!]) client.close()
})

test("a client of the balancer goes on when its node is killed", { timeout: 120_000 }, async () => {
  const client = connect({ url: cluster.url })
  await client.signIn("Eve")
  const { room } = await client.rooms.enter("lobby")
  const lobby = client.open(room)
  await lobby.ready
  await cluster.nodes[0]!.kill()
  const first = await lobby.post({ text: "one" })
  await cluster.nodes[0]!.start()
  await cluster.nodes[1]!.kill()
  const second = await lobby.post({ text: "two" })
  await until(lobby.state, ({ upTo }) => upTo >= second)
  expect(second).toBe(first + 1)
  await cluster.nodes[1]!.start()
  client.close()
})
