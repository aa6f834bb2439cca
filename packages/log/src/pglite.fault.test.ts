import { randomUUID } from "node:crypto"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { hostname, tmpdir } from "node:os"
import { join } from "node:path"
import { Effect, type Scope } from "effect"
import { afterAll, describe, expect, test } from "vitest"
import { checkInvariants } from "./check.ts"
import { command, counterMigrations, counting } from "./counters.ts"
import { lockFolder } from "./folder-lock.ts"
import { openLog } from "./log.ts"
import { migrate } from "./migrations.ts"
import { otherProcess } from "./other-process.ts"
import { openPglite } from "./pglite.ts"

const temporary = mkdtempSync(join(tmpdir(), "roomlog-pglite-"))
afterAll(() => rmSync(temporary, { recursive: true, force: true }))

const run = <A>(story: Effect.Effect<A, unknown, Scope.Scope>) => Effect.runPromise(Effect.scoped(story))

describe("a PGlite folder", () => {
  test("is opened by one process at a time, and nothing that it acknowledged is lost when it is killed", async () => {
    const folder = join(temporary, "not", "there", "yet")
    const counter = randomUUID()
    await run(
      Effect.gen(function* () {
        const driver = yield* openPglite({ folder })
        yield* migrate(driver, "counters", counterMigrations)
        const log = yield* openLog({ driver, judge: counting() })
        yield* log.submit(command(counter, { do: "open", name: "killed" }))
        const refused = yield* Effect.promise(() => otherProcess({ folder }))
        refused.kill()
        const said = `FolderInUse: The folder ${folder} is in use by process ${process.pid}, `
        expect(yield* Effect.promise(() => refused.ended)).toContain(said)
      }),
    )
    const acknowledged: Array<number> = []
    for (let kills = 0; kills < 3; kills++) {
      const node = await otherProcess({ folder, counter, writers: "32" })
      expect(await run(Effect.flip(openPglite({ folder })))).toMatchObject({ _tag: "FolderInUse", pid: node.pid })
      node.go()
      await node.wrote(300)
      node.kill()
      await node.ended
      acknowledged.push(...node.acknowledged)
    }
    await run(
      Effect.gen(function* () {
        const driver = yield* openPglite({ folder })
        const log = yield* openLog({ driver, judge: counting() })
        const seqs = new Set((yield* log.readStream(counter, 0, 1_000_000)).map(({ seq }) => seq))
        expect(acknowledged.filter((seq) => !seqs.has(seq))).toEqual([])
        expect(new Set(acknowledged).size).toBe(acknowledged.length)
        expect(yield* Effect.promise(() => checkInvariants(driver.query))).toEqual([])
      }),
    )
  }, 240_000)
})

describe("the lock of a folder", () => {
  const heldBy = (holder: object) => {
    const folder = join(temporary, randomUUID())
    mkdirSync(folder)
    writeFileSync(join(folder, "lock.4"), JSON.stringify(holder))
    return folder
  }
  const take = (folder: string) => Effect.runPromise(Effect.exit(lockFolder(folder)))

  test("is taken over from the dead, and from one whose pid somebody else has by now", async () => {
    expect(await take(heldBy({ pid: 2 ** 22 + 1, host: hostname(), began: "1" }))).toMatchObject({ _tag: "Success" })
    expect(await take(heldBy({ pid: process.pid, host: hostname(), began: "1" }))).toMatchObject({ _tag: "Success" })
  })

  test("is not taken from another machine that was there a moment ago", async () => {
    expect(await take(heldBy({ pid: 1, host: "elsewhere", began: "1" }))).toMatchObject({ _tag: "Failure" })
  })

  test("is held by one of those who try, and by the next when that one lets go", async () => {
    const folder = heldBy({ released: true })
    const unlock = await Effect.runPromise(lockFolder(folder))
    expect(await take(folder)).toMatchObject({ _tag: "Failure" })
    unlock()
    expect(await take(folder)).toMatchObject({ _tag: "Success" })
    expect(await take(folder)).toMatchObject({ _tag: "Failure" })
  })
})
