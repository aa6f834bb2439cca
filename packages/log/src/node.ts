import { parseArgs } from "node:util"
import { Effect } from "effect"
import { command, counting } from "./counters.ts"
import { openLog } from "./log.ts"
import { openPglite } from "./pglite.ts"
import { openPostgres } from "./postgres.ts"

/**
 * A process of its own for tests: says "open", waits for a line, keeps adding ones to a counter, and says the seq of
 * everything that was acknowledged.
 */
const { values } = parseArgs({
  options: {
    url: { type: "string" },
    folder: { type: "string" },
    counter: { type: "string", default: "" },
    writers: { type: "string", default: "64" },
    most: { type: "string", default: "1000000000" },
  },
})

const add = Effect.gen(function* () {
  const driver = yield* values.url ? openPostgres({ url: values.url }) : openPglite({ folder: values.folder! })
  const log = yield* openLog({ driver, judge: counting() })
  console.log("open")
  yield* Effect.promise(() => new Promise((go) => process.stdin.once("data", go)))
  let begun = 0
  const writer = Effect.gen(function* () {
    while (begun++ < Number(values.most)) {
      const { seq } = yield* log.submit(command(values.counter, { do: "add", by: 1 }))
      process.stdout.write(`${seq}\n`)
    }
  })
  yield* Effect.all(
    Array.from({ length: Number(values.writers) }, () => writer),
    { concurrency: "unbounded", discard: true },
  )
})

try {
  await Effect.runPromise(Effect.scoped(add))
  process.exit(0)
} catch (cause) {
  console.log(cause instanceof Error && "_tag" in cause ? `${cause._tag}: ${cause.message}` : String(cause))
  process.exit(1)
}
