import type { CannotOpen, DatabaseError, Driver, FolderInUse } from "@roomlog/log"
import type { MediaKey } from "@roomlog/schemas"
import type { Scope } from "effect"
import { Effect, Exit } from "effect"
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { wish } from "../feed/chatter.ts"
import { PoisonEvent } from "./poison.ts"
import { type RebuildOptions, type Rebuilt, rebuild } from "./rebuild.ts"
import { ask, everything, type Node, newRoom, openNode, people, post, shape, talk } from "./testing.ts"

type Opening = Effect.Effect<Driver, CannotOpen | DatabaseError | FolderInUse, Scope.Scope>

const seed = Number(process.env["SEED"] ?? Date.now() % 2 ** 31)
const verify: RebuildOptions = { verify: true, switch: false }

/** What a rebuild promises on any database. */
export const rebuildSuite = (name: string, open: Opening) =>
  describe(`a rebuild on ${name}`, () => {
    const story = (what: string, tell: (driver: Driver) => Promise<void>) =>
      test(what, { timeout: 120_000 }, () =>
        Effect.runPromise(Effect.scoped(Effect.flatMap(open, (driver) => Effect.promise(() => tell(driver))))),
      )
    const scoped = <A>(driver: Driver, work: (node: Node) => Promise<A>) =>
      Effect.runPromise(Effect.scoped(Effect.flatMap(openNode(driver), (node) => Effect.promise(() => work(node)))))

    story(`makes what random people made (SEED=${seed})`, (driver) =>
      scoped(driver, async (node) => {
        const stories = fc.sample(
          fc.array(fc.array(wish, { minLength: 1, maxLength: 8 }), { minLength: 10, maxLength: 30 }),
          {
            seed,
            numRuns: 12,
          },
        )
        for (const wishes of stories) {
          await talk(node, wishes)
          isEqual(await rebuilt(driver, verify))
        }
        const [rows, tables] = [await everything(driver), await shape(driver)]
        expect((await rebuilt(driver, { verify: false, switch: true })).switched).toBeDefined()
        expect(await everything(driver)).toEqual(rows)
        expect(await shape(driver)).toEqual(tables)
        for (const wishes of stories.slice(0, 3)) await talk(node, wishes)
        isEqual(await rebuilt(driver, verify))
      }),
    )

    story("is made of nothing when nothing was said", (driver) =>
      scoped(driver, async () => {
        const { events, compared, switched } = await rebuilt(driver, { verify: true, switch: true })
        expect(events).toBe(0)
        expect(compared.map(({ live, made }) => [live.rows, made.rows])).toEqual(compared.map(() => [0, 0]))
        expect(switched).toBeDefined()
      }),
    )

    story("knows which messages show an image, and which showed it until they were removed", (driver) =>
      scoped(driver, async (node) => {
        const room = await newRoom(node)
        const key = `img_1700000000_${"a".repeat(32)}.png`
        await driver.query(
          `insert into media (key, room, owner, type, width, height, bytes, created_at)
           values ($1, $2::uuid, $3::uuid, 'image/png', 1, 1, 1, 1)`,
          [key, room, people[0]],
        )
        const images = [{ key: key as MediaKey, alt: "" }]
        const [shows, showed] = [await post(node, room, "one", images), await post(node, room, "two", images)]
        await ask(node, people[0]!, { _tag: "RemoveMessage", room, message: showed })
        const right = await everything(driver)
        expect(right.filter((row) => row.startsWith("shown "))).toEqual([
          expect.stringContaining(`(${[shows, showed].toSorted()[0]},${key},`),
          expect.stringContaining(`(${[shows, showed].toSorted()[1]},${key},`),
        ])
        isEqual(await rebuilt(driver, { verify: true, switch: true }))
        expect(await everything(driver)).toEqual(right)
      }),
    )

    story("finds a row that is wrong, one too many and one too few, names them, and puts them right", (driver) =>
      scoped(driver, async (node) => {
        const room = await newRoom(node)
        const [first, , third] = [
          await post(node, room, "one"),
          await post(node, room, "two"),
          await post(node, room, "three"),
        ]
        await ask(node, people[0]!, { _tag: "React", room, message: first, emoji: "👍" })
        const right = await everything(driver)
        await driver.query(`update item set view = jsonb_set(view, '{text}', '"won"') where id = $1::uuid`, [first])
        await driver.query("delete from item where id = $1::uuid", [third])
        await driver.query("insert into reaction values ($1::uuid, '🎉', $2::uuid, true)", [first, people[1]])
        const wrong = await everything(driver)
        const { compared } = await rebuilt(driver, verify)
        expect(compared.filter(({ live, made }) => live.hash !== made.hash).map(({ table }) => table)).toEqual([
          "item",
          "reaction",
        ])
        expect(compared.flatMap(({ examples }) => examples).sort()).toEqual(
          [`${room}/3 differs`, `${room}/5 is missing`, `${first}/🎉/${people[1]} is not in the log`].sort(),
        )
        expect(await everything(driver)).toEqual(wrong)
        const mended = await rebuilt(driver, { verify: true, switch: true })
        expect(mended.compared.flatMap(({ examples }) => examples)).toHaveLength(3)
        expect(await everything(driver)).toEqual(right)
        isEqual(await rebuilt(driver, verify))
      }),
    )

    story("of one table leaves the others as they are", (driver) =>
      scoped(driver, async (node) => {
        const message = await post(node, await newRoom(node), "one")
        const [right, tables] = [await everything(driver), await shape(driver)]
        await driver.query("insert into reaction values ($1::uuid, '🎉', $2::uuid, true)", [message, people[1]])
        await driver.query("update member set role = 'moderator'")
        const { compared } = await rebuilt(driver, { only: ["reaction"], verify: true, switch: true })
        expect(compared.map(({ table, examples }) => [table, examples.length])).toEqual([["reaction", 1]])
        const others = (rows: ReadonlyArray<string>) => rows.filter((row) => !row.startsWith("member "))
        expect(others(await everything(driver))).toEqual(others(right))
        expect(await everything(driver)).not.toEqual(right)
        isEqual(await rebuilt(driver, { only: ["member"], verify: false, switch: true }))
        expect([await everything(driver), await shape(driver)]).toEqual([right, tables])
      }),
    )

    story("stops at an event that cannot be folded, says which, and leaves everything as it was", (driver) =>
      scoped(driver, async (node) => {
        const room = await newRoom(node)
        await post(node, room, "good")
        const part = node.partOf(room)
        const [head] = await driver.query<{ pos: number }>(
          "update log_head set pos = pos + 1 where part = $1 returning pos",
          [part],
        )
        await driver.query(
          `insert into event (part, pos, stream_id, seq, type, ver, actor_id, command_id, cmd_idx, at, body)
           values ($1, $2, $3, 99, 'CatMeowed', 1, $3, $3, 0, 0, '{}')`,
          [part, head!.pos, room],
        )
        const [rows, tables] = [await everything(driver), await shape(driver)]
        const failed = await Effect.runPromise(Effect.flip(rebuild(driver, { verify: false, switch: true })))
        expect(failed).toBeInstanceOf(PoisonEvent)
        expect(failed).toMatchObject({ part, pos: head!.pos, type: "CatMeowed" })
        expect(failed.message).toContain(`Event ${head!.pos} of partition ${part} (CatMeowed)`)
        expect([await everything(driver), await shape(driver)]).toEqual([rows, tables])
      }),
    )

    story("clears away what a rebuild that died has left", (driver) =>
      scoped(driver, async (node) => {
        await post(node, await newRoom(node), "hello")
        const tables = await shape(driver)
        await driver.script(
          "create table item_next (like item); create table room_next (id int); insert into room_next values (1)",
        )
        isEqual(await rebuilt(driver, { verify: true, switch: true }))
        expect(await shape(driver)).toEqual(tables)
      }),
    )

    story("stops when it is told to", (driver) =>
      scoped(driver, async (node) => {
        await post(node, await newRoom(node), "hello")
        const [rows, tables] = [await everything(driver), await shape(driver)]
        const stop = AbortSignal.abort()
        const exit = await Effect.runPromise(Effect.exit(rebuild(driver, { verify: false, switch: true, stop })))
        expect(Exit.isFailure(exit)).toBe(true)
        expect([await everything(driver), await shape(driver)]).toEqual([rows, tables])
      }),
    )
  })

export const rebuilt = (driver: Driver, options: RebuildOptions): Promise<Rebuilt> =>
  Effect.runPromise(rebuild(driver, options))

/** Every table is what the log says. */
export const isEqual = ({ compared }: Rebuilt): void => {
  expect(compared.flatMap(({ table, examples }) => examples.map((one) => `${table} ${one}`))).toEqual([])
  expect(compared.map(({ live }) => live)).toEqual(compared.map(({ made }) => made))
}
