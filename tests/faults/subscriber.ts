import { setTimeout as pause } from "node:timers/promises"
import type { DeliveredEvent, FeedItem, HistoryPage } from "@roomlog/schemas"
import { ask } from "./ask.ts"
import type { Person } from "./cast.ts"
import type { Line } from "./line.ts"
import type { Random } from "./random.ts"

export interface Subscription {
  readonly urls: ReadonlyArray<string>
  readonly person: Person
  readonly random: Random
  readonly line: Line
  /** Told of every event, when it came, and by which node. */
  readonly told?: (event: DeliveredEvent, node: string) => void
}

/** Somebody who follows a room on one node after the other, each time from the last resume token. */
export class Subscriber {
  readonly room: string
  /** Commands that events were told of, in the order of the telling; the first one's seq is `first`. */
  readonly heard: Array<{ readonly seq: number; readonly command: string }> = []
  first = 0
  /** How often a connection ended without being asked to. */
  ends = 0
  resets = 0
  readonly #the: Subscription
  #token = ""
  #stop: () => void = () => undefined
  /** Where it is now, and how it last ended. */
  where = ""
  #isOver = false
  #going: Promise<void> = Promise.resolve()
  #wake: () => void = () => undefined

  constructor(the: Subscription) {
    this.#the = the
    this.room = the.person.room
  }

  /** Begins where the room's history ends now; resolves when it is live. */
  async start(): Promise<this> {
    const { urls, person } = this.#the
    const where = { url: urls[0]!, token: person.token }
    const { upTo } = await ask<HistoryPage>(where, "message.history", { room: this.room, limit: 1 })
    this.#token = upTo
    this.first = seqOf(upTo) + 1
    await new Promise<void>((live) => {
      this.#going = this.#follow(live)
    })
    return this
  }

  /** Leaves the node that it is on, for another one. */
  move(): void {
    this.#stop()
  }

  /** Waits until everything up to a seq was told; gives the seq up to which it was, after `within` ms at most. */
  async reach(seq: number, within: number): Promise<number> {
    const until = performance.now() + within
    while (seqOf(this.#token) < seq && performance.now() < until) {
      const woken = new Promise<void>((wake) => (this.#wake = wake))
      await Promise.race([woken, pause(until - performance.now())])
    }
    return seqOf(this.#token)
  }

  async stop(): Promise<void> {
    this.#isOver = true
    this.#stop()
    await this.#going
  }

  async #follow(live: () => void): Promise<void> {
    const { urls, person, random, line } = this.#the
    for (let at = random.below(urls.length); !this.#isOver; at += 1) {
      const url = urls[at % urls.length]!
      this.where = `${line.name} ${url}`
      const why = await new Promise<string>((over) => {
        const following = { url, token: person.token, room: this.room, from: this.#token }
        const item = (token: string, item: FeedItem): void => this.#hear({ token, item, node: url }, live)
        this.#stop = line(following, { item, over })
      })
      if (why !== "stopped") this.ends += 1
      if (!this.#isOver) await pause(50)
    }
  }

  /** What was heard is no more: from here on it is another history. */
  #beginAnew(token: string): void {
    this.resets += 1
    this.heard.splice(0)
    this.first = seqOf(token) + 1
  }

  #hear({ token, item, node }: { token: string; item: FeedItem; node: string }, live: () => void): void {
    this.#token = token
    if (item._tag === "Live") live()
    if (item._tag === "Reset") this.#beginAnew(token)
    if (item._tag === "Events")
      for (const event of item.events) {
        this.heard.push({ seq: event.seq, command: event.command })
        this.#the.told?.(event, node)
      }
    this.#wake()
  }
}

export const seqOf = (token: string): number => Number(token.slice(token.indexOf(".") + 1))
