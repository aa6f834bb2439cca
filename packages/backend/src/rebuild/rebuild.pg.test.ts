import { checkInvariants, DatabaseError, type Driver, openPostgres } from "@roomlog/log"
import { startPostgres, type TestPostgres } from "@roomlog/log/testing"
import { Effect, Exit, Scope } from "effect"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { AlreadyRebuilding } from "./desks.ts"
import { rebuild } from "./rebuild.ts"
import { isEqual, rebuildSuite, rebuilt } from "./suite.ts"
import { CannotSwitch } from "./switch.ts"
import { ask, everything, type Node, newRoom, openNode, people, post, shape } from "./testing.ts"

let server: TestPostgres
beforeAll(async () => {
  server = await startPostgres()
}, 60_000)
afterAll(() => server.stop())

const fresh = Effect.promise(() => server.freshDatabase()).pipe(Effect.flatMap((url) => openPostgres({ url })))
rebuildSuite("Postgres", fresh)

describe("a rebuild beside nodes that work", () => {
  test("switches under writers on two nodes, three times, and nothing is lost", { timeout: 120_000 }, () =>
    town(async ({ driver, nodes }) => {
      const room = await newRoom(nodes[0]!)
      const rooms = [room, ...(await Promise.all(Array.from({ length: 7 }, () => newRoom(nodes[0]!))))]
      const writing = startWriters(nodes, rooms)
      for (let i = 1; i <= 3; i++) {
        await writing.until(200 * i)
        const { compared, switched } = await rebuilt(driver, { verify: true, switch: true })
        expect(compared.flatMap(({ examples }) => examples)).toEqual([])
        expect(switched).toBeDefined()
      }
      await writing.until(1_000)
      const said = await writing.stop()
      const items = await driver.query<{ id: string }>("select id from item where id is not null")
      expect(new Set(items.map(({ id }) => id))).toEqual(new Set(said))
      expect(await checkInvariants(driver.query)).toEqual([])
      isEqual(await rebuilt(driver, { verify: true, switch: false }))
    }),
  )

  test("lets a vacuum end before it keeps anybody waiting", () =>
    town(async ({ driver, other, nodes: [node] }) => {
      const room = await newRoom(node!)
      const vacuum = await inTransaction(other, "lock table item in share update exclusive mode")
      const { watched, asked } = watching(driver)
      const switching = rebuilt(watched, { verify: false, switch: true })
      await asked(1)
      await post(node!, room, "said meanwhile")
      vacuum.close()
      expect((await switching).switched!.tries).toBe(1)
      isEqual(await rebuilt(driver, { verify: true, switch: false }))
    }))

  test("waits for a reader who holds the tables, and gives up in time when he stays", { timeout: 60_000 }, () =>
    town(async ({ driver, other, nodes: [node] }) => {
      await post(node!, await newRoom(node!), "hello")
      const rows = await everything(driver)
      const reader = await reading(other)
      const failed = await Effect.runPromise(
        Effect.flip(rebuild(driver, { verify: false, switch: true, patience: 300 })),
      )
      expect(failed).toBeInstanceOf(CannotSwitch)
      expect(await everything(driver)).toEqual(rows)
      const { watched, asked } = watching(driver)
      const switching = rebuilt(watched, { verify: false, switch: true })
      await asked(2)
      expect(await post(node!, await newRoom(node!), "nobody is kept waiting for long")).toBeDefined()
      reader.close()
      expect((await switching).switched!.tries).toBeGreaterThan(1)
      isEqual(await rebuilt(driver, { verify: true, switch: false }))
    }),
  )

  test("is refused while another one runs", () =>
    town(async ({ driver, nodes: [node], other }) => {
      await post(node!, await newRoom(node!), "hello")
      let second: Promise<unknown> | undefined
      const onProgress = () => {
        second ??= Effect.runPromise(Effect.flip(rebuild(other, { verify: false, switch: true })))
      }
      const reader = await reading(other)
      const { watched, asked } = watching(driver)
      const first = rebuilt(watched, { verify: false, switch: true, onProgress })
      await asked(1)
      expect(await second).toBeInstanceOf(AlreadyRebuilding)
      reader.close()
      expect((await first).switched).toBeDefined()
    }))

  test("that is not sure any more to be the only one leaves the live tables alone, and the next one clears up", () =>
    town(async ({ driver, other, nodes: [node] }) => {
      await post(node!, await newRoom(node!), "hello")
      const [rows, tables] = [await everything(other), await shape(other)]
      const reader = await reading(other)
      const { watched, asked } = watching(driver)
      const first = Effect.runPromise(Effect.flip(rebuild(watched, { verify: false, switch: true })))
      await asked(2)
      await other.query(
        `select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory'
         and database = (select oid from pg_database where datname = current_database())`,
      )
      reader.close()
      expect(await first).toBeInstanceOf(DatabaseError)
      expect([await everything(other), await shape(other)]).toEqual([rows, tables])
      isEqual(await rebuilt(other, { verify: true, switch: true }))
      expect([await everything(other), await shape(other)]).toEqual([rows, tables])
    }))

  test("leaves the rights of other roles as they were", () =>
    town(async ({ driver, nodes: [node] }) => {
      await driver.script(
        "create role reads; grant select on item, room to reads; grant insert, update on item to reads",
      )
      await post(node!, await newRoom(node!), "hello")
      const rights = () =>
        driver.query(
          `select table_name, privilege_type from information_schema.table_privileges where grantee = 'reads' order by 1, 2`,
        )
      const before = await rights()
      expect(before).toHaveLength(4)
      await rebuilt(driver, { verify: false, switch: true })
      expect(await rights()).toEqual(before)
    }))
})

test(
  "more messages than are remembered, and some changed long after they were forgotten: no row is different",
  { timeout: 300_000 },
  () =>
    town(async ({ driver, nodes }) => {
      const node = nodes[0]!
      const rooms = await Promise.all(Array.from({ length: 16 }, () => newRoom(node)))
      const say = async (room: (typeof rooms)[number], lane: number) => {
        const first = await post(node, room, "the first of many")
        for (let n = 1; n < 80; n++) {
          const message = await post(node, room, `message ${n} of lane ${lane}\nwith "quotes" and \\ strokes`)
          if (n % 4 === 0) await ask(node, people[0]!, { _tag: "EditMessage", room, message, text: `edited ${n}` })
          if (n % 8 === 0) await ask(node, people[0]!, { _tag: "React", room, message, emoji: "👍" })
          if (n % 16 === 0) await ask(node, people[0]!, { _tag: "Unreact", room, message, emoji: "👍" })
        }
        await ask(node, people[0]!, { _tag: "EditMessage", room, message: first, text: "changed at last" })
      }
      await Promise.all(rooms.flatMap((room) => Array.from({ length: 8 }, (_, lane) => say(room, lane))))
      const result = await rebuilt(driver, { verify: true, switch: true, remembered: 1_000 })
      expect(result.events).toBeGreaterThan(14_000)
      isEqual(result)
      isEqual(await rebuilt(driver, { verify: true, switch: false, remembered: 1_000 }))
    }),
)

interface Town {
  readonly url: string
  /** The rebuild's own connections. */
  readonly driver: Driver
  /** Those of somebody else. */
  readonly other: Driver
  readonly nodes: ReadonlyArray<Node>
}

/** A database with two nodes on it. */
const town = async (story: (town: Town) => Promise<void>): Promise<void> => {
  const scope = Effect.runSync(Scope.make())
  const open = <A>(resource: Effect.Effect<A, unknown, Scope.Scope>) =>
    Effect.runPromise(Scope.provide(resource, scope))
  const url = await server.freshDatabase()
  const drivers = await Promise.all(Array.from({ length: 4 }, () => open(openPostgres({ url }))))
  const [driver, other, ...ofNodes] = drivers as [Driver, Driver, ...Driver[]]
  const nodes: Array<Node> = []
  for (const one of ofNodes) nodes.push(await open(openNode(one)))
  await story({ url, driver, other, nodes }).finally(() => Effect.runPromise(Scope.close(scope, Exit.void)))
}

/** People who post all the time, on all nodes and in all rooms. */
const startWriters = (nodes: ReadonlyArray<Node>, rooms: Awaited<ReturnType<typeof newRoom>>[]) => {
  const said: Array<string> = []
  let isOver = false
  let wake: () => void = () => undefined
  const write = async (node: Node, room: (typeof rooms)[number]) => {
    while (!isOver) {
      said.push(await post(node, room, `number ${said.length}`))
      wake()
    }
  }
  const writers = Promise.all(nodes.flatMap((node) => rooms.map((room) => write(node, room))))
  writers.catch(() => undefined)
  return {
    until: async (count: number) => {
      while (said.length < count) await Promise.race([new Promise<void>((on) => (wake = on)), writers])
    },
    stop: async () => {
      isOver = true
      await writers
      return said
    },
  }
}

/** Somebody in a transaction who has read the tables, as a backup does. */
const reading = (driver: Driver) => inTransaction(driver, "select count(*) from item")

/** Somebody in a transaction who has done something and does not end. */
const inTransaction = async (driver: Driver, deed: string) => {
  const closed = Promise.withResolvers<void>()
  const begun = Promise.withResolvers<void>()
  driver
    .transaction(async (query) => {
      await query("set local idle_in_transaction_session_timeout = 0")
      await query(deed)
      begun.resolve()
      await closed.promise
    })
    .catch(begun.reject)
  await begun.promise
  return { close: closed.resolve }
}

/** The same driver, and how to wait until something has asked for the live tables so many times. */
const watching = (driver: Driver) => {
  let times = 0
  const waiting = new Map<number, () => void>()
  const transaction: Driver["transaction"] = (work) =>
    driver.transaction((query, script) =>
      work(query, (text) => {
        if (text.includes("share update exclusive")) waiting.get(++times)?.()
        return script(text)
      }),
    )
  const asked = (wanted: number) =>
    new Promise<void>((resolve) => (times >= wanted ? resolve() : waiting.set(wanted, resolve)))
  return { watched: { ...driver, transaction }, asked }
}
