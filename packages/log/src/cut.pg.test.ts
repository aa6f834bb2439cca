import { type AddressInfo, connect, createServer, type Socket } from "node:net"
import { setTimeout as pause } from "node:timers/promises"
import { Effect } from "effect"
import { afterAll, beforeAll, expect, test } from "vitest"
import { openPostgres } from "./postgres.ts"
import { startPostgres, type TestPostgres } from "./testing.ts"

let server: TestPostgres
beforeAll(async () => {
  server = await startPostgres()
}, 60_000)
afterAll(() => server.stop())

/** A way to the server that ends each connection after so many more bytes of the server's, when it is told to. */
const cutting = async (url: string) => {
  const { hostname, port } = new URL(url)
  let left = Number.POSITIVE_INFINITY
  let cuts = 0
  const open = new Set<Socket>()
  const proxy = createServer((near) => {
    open.add(near)
    near.on("close", () => open.delete(near))
    const far = connect(Number(port), hostname)
    near.on("error", () => undefined).on("close", () => far.destroy())
    far.on("error", () => undefined).on("close", () => near.destroy())
    near.on("data", (chunk) => far.write(chunk))
    far.on("data", (chunk: Buffer) => {
      near.write(chunk.subarray(0, left))
      left -= chunk.length
      if (left > 0) return
      left = Number.POSITIVE_INFINITY
      cuts += 1
      near.destroySoon()
    })
  })
  await new Promise<void>((ready) => proxy.listen(0, "127.0.0.1", ready))
  const own = new URL(url)
  own.port = String((proxy.address() as AddressInfo).port)
  return {
    url: own.href,
    cutAfter: (bytes: number) => {
      left = bytes
    },
    cuts: () => cuts,
    reset: () => {
      for (const near of open) near.resetAndDestroy()
    },
    close: () => proxy.close(),
  }
}

const numbers = "select n from generate_series(1, $1::int) as n"
const upTo = (last: number) => Array.from({ length: last }, (_, i) => ({ n: i + 1 }))

test("an answer that was cut off anywhere is an error, and the next answer is whole", async () => {
  const net = await cutting(await server.freshDatabase())
  const story = Effect.gen(function* () {
    const driver = yield* openPostgres({ url: net.url, connections: 1 })
    const ask = async (): Promise<unknown> => driver.query(numbers, [40]).catch(({ code }) => code)
    yield* Effect.promise(async () => {
      expect(await ask()).toEqual(upTo(40))
      for (let bytes = 1; bytes < 900; bytes += 23) {
        net.cutAfter(bytes)
        const answers = [await ask(), await ask(), await ask()]
        expect(answers.filter((answer) => answer !== "connection")).toEqual(
          Array.from({ length: answers.includes("connection") ? 2 : 3 }, () => upTo(40)),
        )
      }
      expect(net.cuts()).toBeGreaterThan(20)
    })
  })
  await Effect.runPromise(Effect.scoped(story))
  net.close()
}, 60_000)

test("a transaction whose connection is lost does nothing more, wherever its work was", async () => {
  const url = await server.freshDatabase()
  const story = Effect.gen(function* () {
    const driver = yield* openPostgres({ url, connections: 1 })
    yield* Effect.promise(async () => {
      await driver.script("create table said (word text)")
      const { promise: written, resolve: hasWritten } = Promise.withResolvers<void>()
      const { promise: cut, resolve: wasCut } = Promise.withResolvers<void>()
      const { promise: tried, resolve: hasTried } = Promise.withResolvers<unknown>()
      const lost = driver.transaction(async (query) => {
        await query("insert into said values ('in time')")
        hasWritten()
        await cut
        hasTried(await query("insert into said values ('too late')").catch(({ code }) => code))
      })
      const failed = lost.catch(({ code }) => code)
      await written
      expect(await server.cutConnections(url)).toBe(1)
      expect(await failed).toBe("connection")
      expect(await driver.query("select * from said")).toEqual([])
      wasCut()
      expect(await tried).toBe("connection")
      expect(await driver.query("select * from said")).toEqual([])
    })
  })
  await Effect.runPromise(Effect.scoped(story))
}, 60_000)

test("connections are reset all the time, and nobody gets another's answer or waits for ever", async () => {
  const net = await cutting(await server.freshDatabase())
  const story = Effect.gen(function* () {
    const { query, transaction, committing } = yield* openPostgres({ url: net.url })
    let [next, answered, lost, isOver] = [0, 0, 0, false]
    const echo = (on: typeof query, n: number) => on("select $1::int as n, $2::text as pad", [n, "x".repeat(n % 3_000)])
    const within =
      (begin: typeof transaction): typeof query =>
      async (text, params) =>
        begin(async (on) => {
          await on("select 1")
          return on(text, params)
        })
    const asking = async (on: typeof query): Promise<void> => {
      while (!isOver) {
        const n = next++
        const [answer] = await echo(on, n).catch(() => [{ n: "lost" }])
        if (answer?.["n"] === "lost") lost += 1
        else expect(answer?.["n"]).toBe(n)
        answered += 1
        await pause(n % 10)
      }
    }
    const ways = [query, committing.query, within(transaction), within(committing.transaction)]
    const all = ways.flatMap((way) => [1, 2, 3, 4].map(() => asking(way)))
    yield* Effect.promise(async () => {
      for (let n = 1; n <= 80; n++) {
        while (answered < n * 40) await pause(1)
        net.reset()
      }
      isOver = true
      await Promise.all(all)
      expect(lost).toBeGreaterThan(40)
    })
  })
  await Effect.runPromise(Effect.scoped(story))
  net.close()
}, 60_000)
