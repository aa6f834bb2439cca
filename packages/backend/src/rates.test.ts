import { InProcess } from "@roomlog/log"
import { expect, test } from "vitest"
import { run } from "./edge.ts"
import { defaultRates, makeRates, type Spend } from "./rates.ts"

const isAllowed = (spend: Spend, kind: keyof typeof defaultRates, who: string) =>
  run(spend(kind, who)).then(
    () => true,
    () => false,
  )

/** How many of so many tries are allowed. */
const allowed = async (tries: number, attempt: () => Promise<boolean>) => {
  let count = 0
  for (let i = 0; i < tries; i++) if (await attempt()) count += 1
  return count
}

/** Three nodes, and a way to wait until so many points have been told. */
const threeNodes = () => {
  const carriers = new InProcess()
  let told = 0
  let wake = (): void => undefined
  carriers.join().hear("rates", (message) => {
    for (const [, , points] of JSON.parse(message) as Array<[string, string, number]>) told += points
    wake()
  })
  const nodes = [1, 2, 3].map(() => makeRates(defaultRates, carriers.join()))
  const heard = async (points: number) => {
    while (told < points) await new Promise<void>((resolve) => (wake = resolve))
  }
  return { nodes, heard }
}

test("what was spent on one node is spent on all", async () => {
  const { nodes, heard } = threeNodes()
  expect(await allowed(9, () => isAllowed(nodes[0]!, "signIns", "192.0.2.1"))).toBe(5)
  await heard(5)
  expect(await isAllowed(nodes[1]!, "signIns", "192.0.2.1")).toBe(false)
  expect(await isAllowed(nodes[2]!, "signIns", "192.0.2.1")).toBe(false)
  expect(await isAllowed(nodes[2]!, "signIns", "192.0.2.2")).toBe(true)
  expect(await isAllowed(nodes[2]!, "joins", "192.0.2.1")).toBe(true)
})

test("sign-ins spread over the nodes are held to the limit", async () => {
  const { nodes, heard } = threeNodes()
  let signedIn = 0
  for (let i = 0; i < 30; i++)
    if (await isAllowed(nodes[i % 3]!, "signIns", "192.0.2.1")) {
      signedIn += 1
      await heard(signedIn)
    }
  expect(signedIn).toBe(5)
})

test("a burst on every node at once goes over the limit by what fits before it is told, and no further", async () => {
  const { nodes, heard } = threeNodes()
  const burst = () => Promise.all(nodes.map((spend) => allowed(40, () => isAllowed(spend, "posts", "ann"))))
  const first = await burst()
  expect(first).toEqual([20, 20, 20])
  await heard(60)
  expect(await burst()).toEqual([0, 0, 0])
})

test("nonsense is not counted", async () => {
  const carriers = new InProcess()
  const spend = makeRates(defaultRates, carriers.join())
  const liar = carriers.join()
  for (const lie of [
    "",
    "{}",
    '[["signIns","a"]]',
    '[["signIns","a",-5]]',
    '[["riots","a",5]]',
    '[["signIns",null,5]]',
  ])
    liar.tell("rates", lie)
  liar.tell("rates", '[["signIns","b",4]]')
  await new Promise((told) => setImmediate(told))
  expect(await allowed(9, () => isAllowed(spend, "signIns", "b"))).toBe(1)
  expect(await allowed(9, () => isAllowed(spend, "signIns", "a"))).toBe(5)
})
