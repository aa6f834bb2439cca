import { randomUUID } from "node:crypto"
import type { Carrier } from "@roomlog/log"
import type { Profile, RoomId } from "@roomlog/schemas"
import fc from "fast-check"
import { afterAll, beforeAll, expect, test } from "vitest"
import { type Change, Nodes, type TestNode } from "./testing.ts"

const nodes = new Nodes()
beforeAll(() => nodes.open(), 60_000)
afterAll(() => nodes[Symbol.asyncDispose]())

const often = <What extends string>(what: What, weight: number) => ({ weight, arbitrary: fc.constant(what) })

/** One thing that happens on one node, and how the next messages fare meanwhile. */
const step = fc.record({
  node: fc.nat(2),
  what: fc.oneof(
    often("enter", 5),
    often("leave", 5),
    often("write", 5),
    often("know", 4),
    often("forget", 2),
    often("sweep", 1),
    often("doubt", 1),
    often("die for a while", 1),
  ),
  person: fc.nat(3),
  room: fc.nat(1),
  fate: fc.constantFrom("arrives", "arrives", "is lost", "comes twice", "comes late"),
  lag: fc.constantFrom(0, 0, 3, 10),
})
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never

/** Delivers each message as the story wants. */
class Weather {
  fate: Step["fate"] = "arrives"
  readonly #late: Array<() => void> = []
  readonly #heard: Array<{ readonly node: number; readonly hear: (message: string) => void }> = []
  readonly doubts: Array<() => void> = []

  join(node: number): Carrier {
    return {
      tell: (_, message) => this.#tell(node, message),
      hear: (_, hear) => {
        this.#heard.push({ node, hear })
        return () => undefined
      },
      onDoubt: (doubt) => {
        this.doubts[node] = doubt
        return () => undefined
      },
      byTopic: true,
    }
  }

  /** What was late comes now, the newest first. */
  clear(): void {
    for (const arrive of this.#late.splice(0).reverse()) arrive()
  }

  #tell(from: number, message: string): void {
    const arrive = () => {
      for (const { node, hear } of this.#heard) if (node !== from) hear(message)
    }
    if (this.fate === "is lost") return
    if (this.fate === "comes late") return void this.#late.push(arrive)
    arrive()
    if (this.fate === "comes twice") arrive()
  }
}

test("whatever becomes of the messages, in the end every node sees who is there, and has told so step by step", async () => {
  const people = [
    await nodes.person("Ann"),
    await nodes.person("Bo"),
    await nodes.person("Cy"),
    await nodes.person("Di"),
  ]
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 60 }), async (steps) => {
      const weather = new Weather()
      const three = await nodes.startOn(
        [0, 1, 2].map((node) => weather.join(node)),
        0,
      )
      const story = new Story(three, people, weather)
      for (const one of steps) await story.tell(one)
      await story.settle()
      story.check()
      for (const { presence } of three) await presence.stop()
    }),
    { numRuns: 25 },
  )
}, 120_000)

/** What happens, and beside it who is truly where. */
class Story {
  readonly #nodes: ReadonlyArray<TestNode>
  readonly #people: ReadonlyArray<Profile>
  readonly #weather: Weather
  readonly #rooms = [randomUUID() as RoomId, randomUUID() as RoomId]
  readonly #connections = new Map<string, number>()
  readonly #begun: Array<Promise<void>> = []
  readonly #looking = new Set<string>()
  /** Changes that were told before a node last began to look. */
  readonly #before = new Map<string, number>()

  constructor(three: ReadonlyArray<TestNode>, people: ReadonlyArray<Profile>, weather: Weather) {
    this.#nodes = three
    this.#people = people
    this.#weather = weather
  }

  async tell({ node, what, person: who, room: where, fate, lag }: Step): Promise<void> {
    this.#weather.fate = fate
    this.#nodes[node]!.lag = lag
    const [{ presence, lease }, person, room] = [this.#nodes[node]!, this.#people[who]!, this.#rooms[where]!]
    const key = `${node}/${where}/${who}`
    const connections = this.#connections.get(key) ?? 0
    if (what === "enter") {
      await this.#look(node, where)
      this.#connections.set(key, connections + 1)
      presence.enter(room, person)
    }
    if (what === "leave" && connections > 0) {
      this.#connections.set(key, connections - 1)
      presence.leave(room, person)
    }
    if (what === "know") this.#begun.push(this.#look(node, where))
    if (what === "forget" && !this.#isUsed(node, where)) {
      await Promise.all(this.#begun.splice(0))
      this.#looking.delete(`${node}/${where}`)
      presence.forget(room)
    }
    if (what === "sweep") await lease.sweep()
    if (what === "write") await this.#nodes[node]!.written()
    if (what === "doubt") this.#weather.doubts[node]!()
    if (what === "die for a while") {
      await nodes.silence(this.#nodes[node]!)
      await this.#nodes[(node + 1) % 3]!.lease.sweep()
    }
  }

  /** What was late comes, whatever else is told may be lost: three sweeps must do. */
  async settle(): Promise<void> {
    await Promise.all(this.#begun.splice(0))
    this.#weather.clear()
    for (let i = 0; i < 3; i++) {
      await Promise.all(this.#nodes.map((node) => node.written()))
      for (const { lease } of this.#nodes) await lease.sweep()
    }
    await Promise.all(this.#nodes.map((node) => node.written()))
  }

  check(): void {
    for (const looking of this.#looking) {
      const [node, where] = looking.split("/").map(Number) as [number, number]
      const truth = this.#people.filter((_, who) => [0, 1, 2].some((other) => this.#count(other, where, who) > 0))
      const { presence, heard } = {
        presence: this.#nodes[node]!.presence,
        heard: this.#nodes[node]!.heard(this.#rooms[where]!),
      }
      expect(ids(presence.here(this.#rooms[where]!))).toEqual(ids(truth))
      const told = heard.slice(this.#before.get(looking))
      for (const { id } of this.#people) {
        const changes = told.filter(({ user }) => user === id)
        expect(isInTurn(changes)).toBe(true)
        if (changes.length > 0) expect(changes.at(-1)!.online).toBe(truth.some((person) => person.id === id))
      }
    }
  }

  async #look(node: number, where: number): Promise<void> {
    const looking = `${node}/${where}`
    const room = this.#rooms[where]!
    await this.#nodes[node]!.presence.know(room)
    if (this.#looking.has(looking)) return
    this.#looking.add(looking)
    this.#before.set(looking, this.#nodes[node]!.heard(room).length)
  }

  #isUsed(node: number, where: number): boolean {
    return this.#people.some((_, who) => this.#count(node, where, who) > 0)
  }

  #count(node: number, where: number, who: number): number {
    return this.#connections.get(`${node}/${where}/${who}`) ?? 0
  }
}

const ids = (people: ReadonlyArray<Profile>) => people.map(({ id }) => id).sort()

/** Nobody comes twice or goes twice in a row. */
const isInTurn = (changes: ReadonlyArray<Change>) =>
  changes.every(({ online }, i) => i === 0 || changes[i - 1]!.online !== online)
