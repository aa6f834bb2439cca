import { Room, Timeline } from "@roomlog/domain"
import { checkInvariants } from "@roomlog/log"
import type { Command, CommandId, Receipt, RoomEvent, RoomId, Token } from "@roomlog/schemas"
import fc from "fast-check"
import { afterAll, beforeAll, expect, test } from "vitest"
import { run } from "./edge.ts"
import { commandOf, newCast, type Wish, wish } from "./feed/chatter.ts"
import { Ear, newCommandId, TestBackend } from "./feed/testing.ts"
import type { Actor } from "./identity/identity.ts"
import { recorded } from "./recorded.ts"

const seed = Number(process.env["SEED"] ?? Date.now() % 2 ** 31)
const server = new TestBackend()
const people: Actor[] = []

beforeAll(async () => {
  await server.start()
  for (const name of ["Ann", "Bo", "Cy", "Di"]) people.push(await server.person(name))
}, 60_000)
afterAll(() => server[Symbol.asyncDispose]())

test(`tables, pages and followers all say what the log says (SEED=${seed})`, { timeout: 300_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 30 }), async (steps) => {
      const story = new Story()
      await story.begin()
      for (const next of steps) await story.go(next)
      await story.check()
    }),
    { seed, numRuns: Number(process.env["RUNS"] ?? 60) },
  )
  expect(await checkInvariants(server.it.log.query)).toEqual([])
})

type Step =
  | { readonly do: "ask"; readonly wishes: ReadonlyArray<Wish> }
  | { readonly do: "repeat"; readonly which: number }
  | { readonly do: "follow"; readonly by: number; readonly room: number; readonly back: number }
  | { readonly do: "restart" }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 20,
    arbitrary: fc.record({ do: fc.constant("ask"), wishes: fc.array(wish, { minLength: 1, maxLength: 8 }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("repeat"), which: fc.nat(1_000) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("follow"), by: fc.nat(3), room: fc.nat(2), back: fc.nat(20) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("restart") }) },
)

/** One run in rooms of its own: what was asked, what was acknowledged, and who listens. */
class Story {
  readonly #cast = newCast(
    people.map(({ id }) => id),
    (room, generation) => server.it.invitation(room, generation),
  )
  readonly #done: Array<{ by: Actor; command: Command; id: CommandId; receipt: Receipt }> = []
  readonly #followers: Follower[] = []

  async begin(): Promise<void> {
    const [open, closed] = this.#cast.rooms as [RoomId, RoomId]
    const create = { _tag: "CreateRoom", topic: "", name: "" } as const
    await this.#ask(people[0]!, { ...create, room: open, name: this.#cast.name(0), visibility: "public" })
    await this.#ask(people[0]!, { ...create, room: closed, name: this.#cast.name(1), visibility: "private" })
    await this.#ask(people[1]!, { _tag: "JoinRoom", room: open })
    await this.#ask(people[1]!, { _tag: "JoinRoom", room: closed, invitation: server.it.invitation(closed, 1) })
    for (const room of [open, closed])
      for (const who of [0, 1, 2]) this.#followers.push(new Follower(people[who]!, room))
    await Promise.all(this.#followers.map((follower) => follower.follow(0)))
  }

  async go(next: Step): Promise<void> {
    if (next.do === "ask")
      await Promise.all(next.wishes.map((wish) => this.#ask(people[wish.by]!, commandOf(wish, this.#cast))))
    if (next.do === "repeat") {
      const { by, command, id, receipt } = this.#done[next.which % this.#done.length]!
      expect(await server.ask(by, command, id)).toEqual(receipt)
    }
    if (next.do === "follow") {
      const follower = new Follower(people[next.by]!, this.#cast.rooms[next.room]!)
      this.#followers.push(follower)
      await follower.follow(-next.back)
    }
    if (next.do === "restart") {
      await server.start()
      await Promise.all(this.#followers.map((follower) => follower.resume()))
    }
  }

  async check(): Promise<void> {
    for (const room of this.#cast.rooms) {
      const log = await logOf(room)
      expect(log.map(({ seq }) => seq)).toEqual(log.map((_, i) => i + 1))
      await checkTables(room, log)
      await checkPages(room, log)
      for (const follower of this.#followers) if (follower.room === room) await follower.check(log)
    }
    for (const { by, id, command, receipt } of this.#done) {
      const stored = (await stream(command.room)).filter((event) => event.command === id && event.actor === by.id)
      expect(stored.at(-1)?.seq).toBe(receipt.seq)
      expect(stored.length).toBe(command._tag === "CreateRoom" ? 2 : 1)
    }
  }

  async #ask(by: Actor, command: Command): Promise<void> {
    const id = newCommandId()
    const answer = await server.ask(by, command, id)
    if (!("_tag" in answer)) this.#done.push({ by, command, id, receipt: answer })
  }
}

/** A live reader who folds what it hears, and comes back with its last token after a restart. */
class Follower {
  readonly room: RoomId
  readonly #by: Actor
  #ear = new Ear()
  #taken = true
  #timeline: Timeline.Timeline
  /** Where it began to hear live, each time. */
  #live = 0

  constructor(by: Actor, room: RoomId) {
    this.#by = by
    this.room = room
    this.#timeline = Timeline.empty(room)
  }

  /** Follows from a seq, or from so many before the newest. */
  async follow(from: number): Promise<void> {
    const head = await run(server.it.log.streamHead(this.room))
    const seq = from < 0 ? Math.max(0, head + from) : from
    this.#timeline = fold(this.room, (await logOf(this.room)).slice(0, seq))
    this.#listen(head)
  }

  async resume(): Promise<void> {
    this.#take()
    if (this.#ear.over?._tag === "closing") this.#listen(await run(server.it.log.streamHead(this.room)))
  }

  async check(log: ReadonlyArray<RoomEvent>): Promise<void> {
    await this.#ear.until(
      (ear) => ear.over !== undefined || (ear.isLive && (ear.seqs.at(-1) ?? this.#timeline.upTo) === log.length),
    )
    this.#mayHear(log)
    this.#take()
    expect(this.#ear.tooLate).toBe(0)
    expect(this.#timeline).toEqual(fold(this.room, log.slice(0, this.#timeline.upTo)))
    if (this.#ear.over === undefined) return expect(this.#timeline.upTo).toBe(log.length)
    expect(this.#ear.over).toMatchObject({ _tag: "refused", rejection: { _tag: "RoomNotFound" } })
  }

  #listen(head: number): void {
    this.#ear = new Ear()
    this.#taken = false
    this.#live = head
    server.it.feed.follow(this.room, this.#by, `${server.it.log.epoch()}.${this.#timeline.upTo}` as Token, this.#ear)
  }

  #take(): void {
    if (this.#taken) return
    this.#taken = true
    const { upTo } = this.#timeline
    expect(this.#ear.seqs).toEqual(this.#ear.seqs.map((_, i) => upTo + i + 1))
    for (const event of this.#ear.events) this.#timeline = Timeline.evolve(this.#timeline, event)
  }

  /** What came live was heard by who could read just then; what was read before that, by who could read it by then. */
  #mayHear(log: ReadonlyArray<RoomEvent>): void {
    const live = this.#ear.frames.find(({ item }) => item._tag === "Live")
    const read = live === undefined ? (this.#ear.seqs.at(-1) ?? 0) : Number(live.token.split(".")[1])
    const mayRead = (seq: number): boolean => reads(this.#by.id, log.slice(0, seq))
    for (const { seq } of this.#ear.events) {
      if (seq <= this.#live) continue
      const until = Math.max(seq - 1, read)
      const places = Array.from({ length: until - seq + 2 }, (_, i) => seq - 1 + i)
      expect(places.some(mayRead), `event ${seq}`).toBe(true)
    }
  }
}

const stream = (room: RoomId) => run(server.it.log.readStream(room, 0, 10_000))
const logOf = async (room: RoomId): Promise<ReadonlyArray<RoomEvent>> => (await stream(room)).map(recorded)
const fold = (room: RoomId, log: ReadonlyArray<RoomEvent>) => log.reduce(Timeline.evolve, Timeline.empty(room))
const roomOf = (log: ReadonlyArray<RoomEvent>) => log.reduce<Room.Room | undefined>(Room.evolve, undefined)

const membersOf = (log: ReadonlyArray<RoomEvent>): ReadonlyMap<string, string> => {
  const members = new Map<string, string>()
  for (const { user, role } of log.flatMap((event) => Room.membership(event) ?? []))
    if (role === null) members.delete(user)
    else members.set(user, role)
  return members
}

const reactionsOf = (log: ReadonlyArray<RoomEvent>): ReadonlySet<string> => {
  const given = new Set<string>()
  for (const { by, event } of log) {
    if (event._tag === "Reacted") given.add(`${event.message} ${event.emoji} ${by}`)
    if (event._tag === "Unreacted") given.delete(`${event.message} ${event.emoji} ${by}`)
  }
  return given
}

const checkTables = async (room: RoomId, log: ReadonlyArray<RoomEvent>): Promise<void> => {
  const { query } = server.it.log
  const { items } = fold(room, log)
  const [row] = await query("select * from room where id = $1::uuid", [room])
  const { createdAt, ...rest } = roomOf(log) ?? { createdAt: 0 }
  expect(row).toEqual(log.length === 0 ? undefined : { ...rest, created_at: createdAt })
  const views = await query<{ view: unknown }>("select view from item where room = $1::uuid order by seq", [room])
  expect(views.map(({ view }) => view)).toEqual(items)
  const members = await query<{ user_id: string; role: string }>(
    "select user_id, role from member where room = $1::uuid and role is not null",
    [room],
  )
  expect(new Map(members.map(({ user_id, role }) => [user_id, role]))).toEqual(membersOf(log))
  const reactions = await query<{ message: string; emoji: string; user_id: string }>(
    "select r.* from reaction r join item i on i.id = r.message where i.room = $1::uuid and r.given",
    [room],
  )
  expect(new Set(reactions.map((r) => `${r.message} ${r.emoji} ${r.user_id}`))).toEqual(reactionsOf(log))
}

/** Whether a room with this log is somebody's to read. */
const reads = (user: string, log: ReadonlyArray<RoomEvent>): boolean =>
  roomOf(log)?.visibility === "public" || membersOf(log).has(user)

/** Pages of three, from either end, are the timeline as it is shown, and nobody's who may not read it. */
const checkPages = async (room: RoomId, log: ReadonlyArray<RoomEvent>): Promise<void> => {
  const shown = Timeline.shown(fold(room, log))
  const pageOf = (reader: Actor, at: { before?: number; after?: number }) =>
    run(server.it.messages.page(reader.id, { room, limit: 3, ...at }))
  for (const stranger of people.filter(({ id }) => !reads(id, log)))
    await expect(pageOf(stranger, {})).rejects.toMatchObject({ rejection: { _tag: "RoomNotFound", room } })
  const reader = people.find(({ id }) => reads(id, log))
  if (reader === undefined) return
  const page = (at: { before?: number; after?: number }) => pageOf(reader, at)
  const back: unknown[] = []
  for (let before = log.length + 1; ; ) {
    const { items, hasOlder, upTo } = await page({ before })
    expect(upTo).toBe(`${server.it.log.epoch()}.${log.length}`)
    back.unshift(...items)
    if (!hasOlder) break
    before = items[0]!.seq
  }
  expect(back).toEqual(shown)
  const forth: unknown[] = []
  for (let after = 0; ; ) {
    const { items, hasNewer, mine } = await page({ after })
    forth.push(...items)
    const reacted = [...reactionsOf(log)].filter((r) =>
      items.some((i) => r === `${"id" in i && i.id} ${r.split(" ")[1]} ${reader.id}`),
    )
    expect(new Set(mine.map(({ message, emoji }) => `${message} ${emoji} ${reader.id}`))).toEqual(new Set(reacted))
    if (!hasNewer) break
    after = items.at(-1)!.seq
  }
  expect(forth).toEqual(shown)
}
