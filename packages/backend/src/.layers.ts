import { randomUUID } from "node:crypto"
import { mkdtempSync } from "node:fs"
import { Effect } from "effect"
import { openPostgres } from "@roomlog/log"
import { startPostgres } from "@roomlog/log/testing"
import { openBackend } from "./backend.ts"
import { run } from "./edge.ts"
import { posting, newCommandId } from "./feed/testing.ts"
const pg = await startPostgres()
const url = await pg.freshDatabase()
const p = { points: 1_000_000_000, seconds: 1 }
await Effect.runPromise(Effect.scoped(Effect.gen(function* () {
  const driver = yield* openPostgres({ url })
  const b = yield* openBackend({ driver, mediaDir: mkdtempSync("/tmp/lay/m"), secret: "s".repeat(32), rates: { posts: p, joins: p, uploads: p, signIns: p, oldJoins: p } as any, now: Date.now, newId: randomUUID })
  const { token } = yield* b.identity.signIn("Ann")
  const ann = (yield* b.identity.whoHolds(token))!
  const room = randomUUID() as any
  yield* b.commands.execute(ann, newCommandId(), { _tag: "CreateRoom", name: "room", topic: "", visibility: "public", room } as any)
  const one = (name: string, f: () => Promise<unknown>) => async (n: number, quiet = false) => {
    const c = process.cpuUsage(), t = performance.now()
    for (let i = 0; i < n; i++) await f()
    const d = process.cpuUsage(c)
    if (!quiet) console.log(name.padEnd(22), ((performance.now() - t) * 1000 / n).toFixed(0).padStart(6), "us each; cpu", (d.user / n).toFixed(0), "user", (d.system / n).toFixed(0), "sys")
  }
  const tests = [
    one("select 1", () => driver.committing.query("select 1")),
    one("log.submit", () => run(b.log.submit({ stream: room, actor: ann.id, command: newCommandId(), content: { ...posting("x".repeat(100)), room } as any }))),
    one("commands.execute", () => run(b.commands.execute(ann, newCommandId(), { ...posting("x".repeat(100)), room } as any))),
    one("setImmediate", () => new Promise((r) => setImmediate(r))),
  ]
  yield* Effect.promise(async () => {
    await tests[1]!(20000, true)
    const {Session}=await import("node:inspector/promises"); const s=new Session(); s.connect(); await s.post("Profiler.enable"); await s.post("Profiler.setSamplingInterval",{interval:200}); await s.post("Profiler.start"); await tests[1]!(15000); const r=await s.post("Profiler.stop"); (await import("node:fs")).writeFileSync("/tmp/lay/p.cpuprofile", JSON.stringify(r.profile))
  })
})))
await pg.stop("immediate"); process.exit(0)
