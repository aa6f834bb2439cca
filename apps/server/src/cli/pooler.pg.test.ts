import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { openPostgres } from "@roomlog/log"
import { startPgbouncer, startPostgres, whyNoPgbouncer } from "@roomlog/log/testing"
import { Effect } from "effect"
import { describe, expect, test } from "vitest"
import { asked, serving, speaker } from "./testing.ts"

const why = whyNoPgbouncer()

describe.skipIf(why !== undefined)(`nodes behind PgBouncer in transaction mode${why ? ` (${why})` : ""}`, () => {
  test("serve as they do without, once the role is prepared", { timeout: 180_000 }, async () => {
    const server = await startPostgres()
    const pooler = await startPgbouncer(server.url, ["node"])
    const folder = await mkdtemp(join(tmpdir(), "roomlog-cli-"))
    const owner = { DATABASE_URL: await server.freshDatabase() }
    const direct = owner.DATABASE_URL.replace("roomlog@", "node@")
    const node = {
      DATA_DIR: folder,
      DATABASE_URL: pooler.through(direct),
      DATABASE_LISTEN_URL: direct,
      RATE_POSTS: "1000/1",
    }

    await Effect.runPromise(
      Effect.scoped(
        Effect.flatMap(openPostgres({ url: owner.DATABASE_URL }), ({ script }) =>
          Effect.promise(() => script("create role node login")),
        ),
      ),
    )
    expect(await asked(owner, "migrate", "--role", "node")).toMatchObject({ code: 0 })
    const [first, second] = [await serving(node), await serving(node)]
    const ann = await speaker(first.url, "Ann", "harbour")
    const bob = await speaker(second.url, "Bob", "quay")
    const said = Array.from({ length: 40 }, (_, n) => [ann.say(`ann ${n}`), bob.say(`bob ${n}`)]).flat()
    expect(await Promise.allSettled(said).then((all) => all.filter(({ status }) => status === "rejected"))).toEqual([])
    const { code, out } = await asked(node, "doctor")
    expect(out).toMatch(/ok +database +the pooler lets nodes through\n/)
    expect(out).toContain("84 events in 8 partitions")
    expect(code).toBe(0)

    expect([await first.stop(), await second.stop()]).toEqual([0, 0])
    await pooler.stop()
    await server.stop("immediate")
    await rm(folder, { recursive: true, force: true })
  })
})
