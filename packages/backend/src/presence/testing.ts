import { randomUUID } from "node:crypto"
import { alone, type Carrier, DatabaseError, type Driver, type InProcess, migrate, openPglite } from "@roomlog/log"
import type { Profile, RoomId, UserId } from "@roomlog/schemas"
import { Effect, Exit, Scope } from "effect"
import { expect, vi } from "vitest"
import { run as promised } from "../edge.ts"
import { migrations } from "../migrations.ts"
import { type Sql, sql } from "../sql.ts"
import { type Lease, makeLease } from "./lease.ts"
import type { Change } from "./people.ts"

export type { Change } from "./people.ts"

import { makePresence, type Presence } from "./presence.ts"

/** One node's presence, as a test looks at it. */
export class TestNode {
  readonly lease: Lease
  readonly presence: Presence
  readonly #changes: Array<readonly [RoomId, Change]> = []
  #statements = 0
  #isDead = false
  readonly #run: Sql
  readonly #marker = randomUUID() as RoomId

  /** How many turns of the event loop an answer of the database takes longer. */
  lag = 0

  constructor(run: Sql, carrier: Carrier, pause?: number) {
    this.#run = run
    const counted: Sql = (text, params) =>
      Effect.suspend(() => {
        if (this.#isDead) return Effect.fail(new DatabaseError({ code: "connection", message: "dead" }))
        this.#statements += 1
        return Effect.tap(run<never>(text, params), () => Effect.promise(() => this.#lagging()))
      })
    this.lease = makeLease({ run: counted, node: randomUUID(), shared: true })
    this.presence = makePresence({
      run: counted,
      carrier: this.#mortal(carrier),
      lease: this.lease,
      ...(pause === undefined ? {} : { pause }),
    })
    this.presence.onChange((room, change) => this.#changes.push([room, change]))
  }

  /** What was told of a room. */
  heard(room: RoomId): ReadonlyArray<Change> {
    return this.#changes.flatMap(([at, change]) => (at === room ? [change] : []))
  }

  statements(): number {
    return this.#statements
  }

  /** From now on neither the database nor anybody else hears of it. */
  kill(): void {
    this.#isDead = true
  }

  /** Waits until exactly these people are in a room. */
  async sees(room: RoomId, people: ReadonlyArray<Profile>): Promise<void> {
    const names = (these: ReadonlyArray<Profile>) => these.map(({ id, name }) => `${name} ${id}`).sort()
    await vi.waitFor(() => expect(names(this.presence.here(room))).toEqual(names(people)), waiting)
  }

  /** Waits until everything that changed here stands in the database and has been told. */
  async written(): Promise<void> {
    const person = { id: randomUUID() as UserId, name: "marker" }
    this.presence.enter(this.#marker, person)
    const rows = () => promised(this.#run("select 1 from online where user_id = $1::uuid", [person.id]))
    await vi.waitFor(async () => expect(await rows()).toHaveLength(1), waiting)
    // The answer to the writing may come after the answer to the looking.
    for (let i = 0; i <= this.lag; i++) await new Promise((turn) => setImmediate(turn))
  }

  async #lagging(): Promise<void> {
    for (let i = this.lag; i > 0; i--) await new Promise((turn) => setImmediate(turn))
  }

  #mortal(carrier: Carrier): Carrier {
    return { ...carrier, tell: (topic, message) => (this.#isDead ? undefined : carrier.tell(topic, message)) }
  }
}

/** Nodes over one database, which is embedded because here that is enough. */
export class Nodes implements AsyncDisposable {
  /** Everything that was told. */
  readonly messages: string[] = []
  readonly #life = Effect.runSync(Scope.make())
  readonly #started: TestNode[] = []
  #driver: Driver | undefined

  async open(): Promise<void> {
    this.#driver = await Effect.runPromise(Scope.provide(openPglite(), this.#life))
    await Effect.runPromise(migrate(this.#driver, "roomlog", migrations))
  }

  start(carriers: InProcess, count: number): Promise<ReadonlyArray<TestNode>> {
    return this.startOn(Array.from({ length: count }, () => carriers.join()))
  }

  async startOn(carriers: ReadonlyArray<Carrier>, pause?: number): Promise<ReadonlyArray<TestNode>> {
    const started = carriers.map((carrier) => new TestNode(this.#run, this.#recorded(carrier), pause))
    this.#started.push(...started)
    for (const { lease } of started) await lease.sweep()
    return started
  }

  async person(name: string): Promise<Profile> {
    const person = { id: randomUUID() as UserId, name: `${name} ${randomUUID().slice(0, 4)}` }
    await Effect.runPromise(
      this.#run(
        `insert into profile (id, name, name_key, kind, holds_name, created_at) values ($1, $2, $2, 'guest', false, 0)`,
        [person.id, person.name],
      ),
    )
    return person
  }

  /** Makes the database believe that these nodes were not heard of for long, and that the others always were. */
  async silence(...silent: ReadonlyArray<TestNode>): Promise<void> {
    const ids = silent.map(({ lease }) => lease.node)
    await Effect.runPromise(
      this.#run(
        `update node set since = now() - interval '1 hour',
           seen_at = case when id = any($1::uuid[]) then now() - interval '11 seconds' else seen_at end`,
        [ids],
      ),
    )
  }

  /** Loses what Postgres loses of unlogged tables in a crash. */
  async crash(): Promise<void> {
    await Effect.runPromise(this.#run("truncate node, online, name_hold"))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { presence } of this.#started) await presence.stop()
    await Effect.runPromise(Scope.close(this.#life, Exit.void))
  }

  #recorded(carrier: Carrier): Carrier {
    return {
      ...carrier,
      tell: (topic, message) => {
        this.messages.push(message)
        carrier.tell(topic, message)
      },
    }
  }

  get #run(): Sql {
    return sql(this.#driver!.query)
  }
}

/** A node that has its database for itself, and a database that must not be asked. */
export const alonePresence = () => {
  const run: Sql = () => Effect.die("the database was asked")
  const changes: Array<readonly [RoomId, Change]> = []
  const presence = makePresence({ run, carrier: alone, lease: makeLease({ run, node: randomUUID(), shared: false }) })
  presence.onChange((room, change) => changes.push([room, change]))
  return { presence, heard: (room: RoomId) => changes.flatMap(([at, change]) => (at === room ? [change] : [])) }
}

const waiting = { timeout: 15_000, interval: 5 }
