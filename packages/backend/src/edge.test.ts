import { Effect, Tracer } from "effect"
import { afterEach, expect, test } from "vitest"
import { run, watchRuns } from "./edge.ts"

let stop: () => void = () => undefined
afterEach(() => stop())

const spanned = Effect.withSpan(Effect.void, "work")
const tracing = () => {
  const names: Array<string> = []
  const tracer = Tracer.make({
    span: (options) => {
      names.push(options.name)
      return new Tracer.NativeSpan(options)
    },
  })
  return { names, tracer }
}

test("spans are made while somebody collects them, and only then", async () => {
  const { names, tracer } = tracing()
  await run(spanned)
  stop = watchRuns({ tracer })
  await run(spanned)
  stop()
  await run(spanned)
  expect(names).toEqual(["work"])
})

test("who stops watching does not stop who came after", async () => {
  const [one, other] = [tracing(), tracing()]
  const stopOne = watchRuns({ tracer: one.tracer })
  stop = watchRuns({ tracer: other.tracer })
  stopOne()
  await run(spanned)
  expect([one.names, other.names]).toEqual([[], ["work"]])
})

test("what code inside logs as an error is told as the error, and nothing else is", async () => {
  const told: Array<unknown> = []
  stop = watchRuns({ failed: (cause) => told.push(cause) })
  const [one, other] = [new Error("one"), new Error("other")]
  await run(Effect.logInfo("fine"))
  await run(Effect.logError("it failed", one))
  await run(
    Effect.die(other).pipe(
      Effect.tapCause((cause) => Effect.logError("it died", cause)),
      Effect.exit,
    ),
  )
  expect(told).toEqual([one, other])
})
