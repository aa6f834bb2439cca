import { randomUUID } from "node:crypto"
import { Effect } from "effect"
import { expect, test } from "vitest"
import { command, counterMigrations, counting } from "./counters.ts"
import { openLog } from "./log.ts"
import { migrate } from "./migrations.ts"
import { openPglite } from "./pglite.ts"

test("whoever observes is told of each batch once, before its events are told and its commands answered", async () => {
  const story: Array<string> = []
  const appended = (events: ReadonlyArray<object>, commands: number, milliseconds: number) => {
    expect(milliseconds).toBeGreaterThan(0)
    story.push(`${commands} commands, ${events.length} events`)
  }
  const tell = Effect.gen(function* () {
    const driver = yield* openPglite()
    yield* migrate(driver, "counters", counterMigrations)
    const log = yield* openLog({ driver, judge: counting(), observe: { appended } })
    log.onAppended((events) => story.push(`told ${events.length}`))
    const [one, other] = [randomUUID(), randomUUID()]
    yield* log.submit(command(one, { do: "open", name: "one" }))
    story.push("answered")
    const three = { do: "add", by: 1, times: 3 } as const
    const group = [command(one, three), command(other, three), command(one, { do: "note", text: "noted" })]
    const exits = yield* Effect.forEach(group, (each) => Effect.exit(log.submit(each)), { concurrency: 3 })
    story.push(exits.map(({ _tag }) => _tag).join(", "))
    yield* Effect.exit(log.submit(command(other, three)))
  })
  await Effect.runPromise(Effect.scoped(tell))
  expect(story).toEqual([
    "1 commands, 1 events",
    "told 1",
    "answered",
    "2 commands, 4 events",
    "told 4",
    "Success, Failure, Success",
  ])
})
