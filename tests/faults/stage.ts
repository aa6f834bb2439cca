import type { DeliveredEvent } from "@roomlog/schemas"
import { assemble, type Cast } from "./cast.ts"
import { check } from "./check.ts"
import { lookingInto } from "./database.ts"
import type { Round } from "./fault.ts"
import { overEvents, overSocket } from "./line.ts"
import { both, isClean, type Verdict, wrong } from "./row.ts"
import { Subscriber } from "./subscriber.ts"
import { Writers } from "./writers.ts"

export interface Scene {
  readonly urls: ReadonlyArray<string>
  /** Where writers go, when not to all of them. */
  readonly writeTo?: ReadonlyArray<string>
  readonly writers?: number
  readonly rooms?: number
  readonly subscribers?: number
  /** Milliseconds that a writer thinks between two commands, on average. */
  readonly thinking?: number
  /** Milliseconds that a writer waits for one node. */
  readonly patience?: number
  /** Told whatever a subscriber was told, and by which node. */
  readonly told?: (event: DeliveredEvent, node: string) => void
}

/** People who write and people who follow, on some nodes, while a fault is done to them. */
export class Stage {
  readonly cast: Cast
  readonly writers: Writers
  readonly subscribers: ReadonlyArray<Subscriber>
  readonly #random: Round["random"]
  readonly #urls: ReadonlyArray<string>

  private constructor(
    cast: Cast,
    writers: Writers,
    subscribers: ReadonlyArray<Subscriber>,
    random: Round["random"],
    urls: ReadonlyArray<string>,
  ) {
    this.cast = cast
    this.writers = writers
    this.subscribers = subscribers
    this.#random = random
    this.#urls = urls
  }

  /** Begins: everybody is signed in, every subscriber is live, every writer has had an answer. */
  static async open({ random, ending }: Round, scene: Scene): Promise<Stage> {
    const {
      urls,
      writeTo = urls,
      writers = 96,
      rooms = 8,
      subscribers = 8,
      thinking = 150,
      patience = 2_000,
      told,
    } = scene
    const cast = await assemble(urls, { people: writers, rooms })
    const lines = [overSocket, overEvents]
    const following = Array.from({ length: subscribers }, (_, i) => {
      const person = cast.people[i % cast.people.length]!
      const hears = told === undefined ? {} : { told }
      return new Subscriber({ urls, person, random: random.split(), line: lines[i % 2]!, ...hears })
    })
    ending.defer(async () => void (await Promise.all(following.map((one) => one.stop()))))
    await Promise.all(following.map((one) => one.start()))
    const writing = new Writers({ urls: writeTo, people: cast.people, random: random.split(), thinking, patience })
    ending.defer(() => writing.giveUp())
    await writing.recovered()
    return new Stage(cast, writing, following, random, urls)
  }

  /** Sends one of the subscribers to another node. */
  moveSomebody(): void {
    this.#random.pick(this.subscribers).move()
  }

  /** Connections of subscribers that ended without their asking. */
  get ends(): number {
    return this.subscribers.reduce((sum, { ends }) => sum + ends, 0)
  }

  /** Lets the writers finish and holds everything against the database. */
  async finish(databaseUrl: string): Promise<Verdict> {
    await this.writers.stop()
    await this.writers.repeat()
    const { acknowledged, problems } = this.writers
    const promised = { acknowledged: [...this.cast.acknowledged, ...acknowledged], within: 15_000 }
    const verdict = await lookingInto(databaseUrl, (query) =>
      check(query, { ...promised, subscribers: this.subscribers }),
    )
    const sum = both(verdict, wrong(...problems))
    return isClean(sum) ? sum : { ...sum, problems: [...(await this.#waiting()), ...sum.problems] }
  }

  /** What each node waits for, to find out why something is wrong. */
  async #waiting(): Promise<ReadonlyArray<string>> {
    const told = this.#urls.map(async (url) => {
      const metrics = await fetch(`${url}/metrics`).then((answer) => answer.text(), String)
      return `${url}: ${[...metrics.matchAll(/^roomlog_database_in_flight.*$/gm)].join(" ") || metrics.slice(0, 200)}`
    })
    return Promise.all(told)
  }
}
