import { randomUUID } from "node:crypto"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { InProcess, openPostgres } from "@roomlog/log"
import { startPostgres, type TestPostgres } from "@roomlog/log/testing"
import type { RoomId, UserId } from "@roomlog/schemas"
import { Effect, Exit, Scope } from "effect"
import { afterAll, beforeAll, expect, test, vi } from "vitest"
import { type Backend, openBackend } from "./backend.ts"
import { run } from "./edge.ts"
import { Ear } from "./feed/testing.ts"
import { defaultRates } from "./rates.ts"
import { Rejected } from "./rejected.ts"

/** Loses everything while told to. */
let isLost = false
const carriers = new InProcess(() => !isLost)
const lives: Array<Scope.Closeable> = []
let postgres: TestPostgres
let url: string
let one: Backend
let two: Backend

/** A node; with carriers of its own it is on NOTIFY like the product. */
const open = async (carrier: InProcess | undefined): Promise<Backend> => {
  const life = Effect.runSync(Scope.make())
  lives.push(life)
  const opened = Effect.gen(function* () {
    const driver = yield* openPostgres({ url, connections: 3 })
    const mediaDir = mkdtempSync(join(tmpdir(), "roomlog-nodes-"))
    yield* Effect.addFinalizer(() => Effect.sync(() => rmSync(mediaDir, { recursive: true })))
    const settings = { mediaDir, secret: "s".repeat(32), rates: defaultRates, now: Date.now, newId: randomUUID }
    return yield* openBackend({ driver, carrier: carrier?.join(), ...settings })
  })
  return Effect.runPromise(Scope.provide(opened, life))
}

beforeAll(async () => {
  postgres = await startPostgres()
  url = await postgres.freshDatabase()
  one = await open(carriers)
  two = await open(carriers)
}, 120_000)
afterAll(async () => {
  for (const life of lives) await Effect.runPromise(Scope.close(life, Exit.void))
  await postgres.stop()
})

const nameOf = () => `N ${randomUUID().slice(0, 8)}`
const won = async <A>(attempt: Effect.Effect<A, unknown>): Promise<A | undefined> => {
  try {
    return await run(attempt)
  } catch (no) {
    if (no instanceof Rejected && no.rejection._tag === "NameInUse") return undefined
    throw no
  }
}
const waiting = { timeout: 20_000, interval: 10 }

test("of two nodes that give one name away at once, one wins", async () => {
  for (let i = 0; i < 30; i++) {
    const name = nameOf()
    const winners = await Promise.all([one, two].map(({ identity }) => won(identity.signIn(name))))
    expect(winners.filter(Boolean)).toHaveLength(1)
  }
})

test("an old client that comes to two nodes at once is one person", async () => {
  for (let i = 0; i < 30; i++) {
    const name = nameOf()
    const came = await Promise.all([one, two].map(({ identity }) => run(identity.speakAs(name))))
    expect(new Set(came.map(({ actor }) => actor.id)).size).toBe(1)
    for (const { leave } of came) leave()
  }
})

test("whether an old client takes its name up again or a guest takes it over, never both", async () => {
  const outcomes = new Set<string>()
  for (let i = 0; i < 60; i++) {
    const name = nameOf()
    const before = await run(one.identity.speakAs(name))
    before.leave()
    await nobodyHolds(before.actor.id)
    const [old, guest] = await Promise.all([won(two.identity.speakAs(name)), won(one.identity.signIn(name))])
    expect([old, guest].filter(Boolean)).toHaveLength(1)
    outcomes.add(old ? "old client" : "guest")
    const holders = await one.log.query("select 1 from profile where name = $1 and holds_name", [name])
    expect(holders).toHaveLength(1)
  }
  expect(outcomes.size).toBe(2)
})

test("a name held on one node is refused on the other, shared with itself there, and free after the last has left", async () => {
  const name = nameOf()
  const here = await run(one.identity.speakAs(name))
  expect(await won(two.identity.signIn(name))).toBeUndefined()
  const there = await run(two.identity.speakAs(name))
  expect(there.actor.id).toBe(here.actor.id)
  here.leave()
  await vi.waitFor(async () => expect(await nodesHolding(here.actor.id)).toHaveLength(1), waiting)
  expect(await won(one.identity.signIn(name))).toBeUndefined()
  there.leave()
  await vi.waitFor(async () => expect(await won(one.identity.signIn(name))).toBeDefined(), waiting)
})

test("a dead node's old clients come back elsewhere under their names, and the names of others are free", async () => {
  const [back, gone] = [nameOf(), nameOf()]
  const dead = await aDeadNodeWith(back, gone)
  const returned = await run(one.identity.speakAs(back))
  expect(returned.actor.id).toBe(dead.ids[0])
  expect(await won(one.identity.signIn(gone))).toBeUndefined()
  await dead.isForgotten()
  expect(await won(one.identity.signIn(gone))).toBeDefined()
  expect(await won(two.identity.signIn(back))).toBeUndefined()
  returned.leave()
})

test("a session that ends on one node is over on the other", async () => {
  const { token, session, user } = await signedIn()
  expect(await run(two.identity.whoHolds(token))).toMatchObject({ id: user.id })
  const ended = endedOn(two)
  await run(one.identity.signOut(session))
  await vi.waitFor(() => expect(ended).toEqual([session]), waiting)
  expect(await run(two.identity.whoHolds(token))).toBeUndefined()
})

test("a session's end is found out when its message is lost, and when somebody else deleted it", async () => {
  const all = [await signedIn(), await signedIn()]
  for (const { token } of all) expect(await run(two.identity.whoHolds(token))).toBeDefined()
  const ended = endedOn(two)
  isLost = true
  expect(await run(one.identity.endSessionsOf(all[0]!.user.id))).toBe(1)
  isLost = false
  await one.log.query("delete from session where user_id = $1::uuid", [all[1]!.user.id])
  await vi.waitFor(() => expect(ended).toEqual(all.map(({ session }) => session)), waiting)
  for (const { token } of all) expect(await run(two.identity.whoHolds(token))).toBeUndefined()
})

test("people see each other over NOTIFY, come and go, and are gone with their node", async () => {
  const [here, there] = [await open(undefined), await open(undefined)]
  const owner = (await signedIn()).actor
  const room = randomUUID() as RoomId
  await run(
    here.commands.execute(owner, randomUUID() as never, {
      _tag: "CreateRoom",
      room,
      name: nameOf(),
      topic: "",
      visibility: "public",
    }),
  )
  const ear = new Ear()
  here.feed.follow(room, owner, undefined, ear)
  await ear.until(({ isLive }) => isLive)
  const guest = (await signedIn()).actor
  const other = new Ear()
  there.feed.follow(room, guest, undefined, other)
  await other.until(({ isLive }) => isLive)
  const { id, name } = guest
  await ear.until(({ signals }) => signals.some((signal) => signal._tag === "CameOnline" && signal.user === id))
  await vi.waitFor(
    () => expect(there.feed.sources.presence.here(room).map((person) => person.id)).toContain(owner.id),
    waiting,
  )
  await Effect.runPromise(Scope.close(lives.pop()!, Exit.void))
  await ear.until(({ signals }) => signals.some(({ _tag }) => _tag === "WentOffline"))
  expect(ear.signals.filter((signal) => "user" in signal && signal.user === id)).toEqual([
    { _tag: "CameOnline", user: id, name },
    { _tag: "WentOffline", user: id, name },
  ])
})

const nodesHolding = (user: UserId) => one.log.query("select node from name_hold where user_id = $1::uuid", [user])

const nobodyHolds = (user: UserId) =>
  vi.waitFor(async () => expect(await nodesHolding(user)).toEqual([]), { ...waiting, interval: 3 })

const signedIn = async () => {
  const { token, user } = await run(one.identity.signIn(nameOf()))
  const actor = (await run(one.identity.whoHolds(token)))!
  return { token, user, actor, session: actor.session! }
}

const endedOn = (node: Backend): ReadonlyArray<string> => {
  const ended: string[] = []
  node.identity.onEnded((session) => ended.push(session))
  return ended
}

/** Rows as a node leaves them that was killed a moment ago while old clients had these names. */
const aDeadNodeWith = async (...names: ReadonlyArray<string>) => {
  const node = randomUUID()
  await one.log.query("insert into node (id, version, since, seen_at) values ($1::uuid, 0, now(), now())", [node])
  const ids: UserId[] = []
  for (const name of names) {
    const { actor, leave } = await run(one.identity.speakAs(name))
    leave()
    await nobodyHolds(actor.id)
    await one.log.query("insert into name_hold (user_id, node, turn) values ($1::uuid, $2::uuid, 9)", [actor.id, node])
    ids.push(actor.id)
  }
  const isForgotten = async () => {
    await one.log.query("update node set since = now() - interval '1 minute'")
    await one.log.query("update node set seen_at = now() - interval '11 seconds' where id = $1::uuid", [node])
    const rows = () => one.log.query("select 1 from node where id = $1::uuid", [node])
    await vi.waitFor(async () => expect(await rows()).toEqual([]), waiting)
  }
  return { ids, isForgotten }
}
