import { randomUUID } from "node:crypto"
import { setTimeout as pause } from "node:timers/promises"
import { isDeepStrictEqual } from "node:util"
import type { Receipt } from "@roomlog/schemas"
import { Lost, Refused, tell } from "./ask.ts"
import type { Acknowledged, Person } from "./cast.ts"
import type { Random } from "./random.ts"

export interface Writing {
  /** Where the nodes are; any of them takes any command. */
  readonly urls: ReadonlyArray<string>
  readonly people: ReadonlyArray<Person>
  readonly random: Random
  /** Milliseconds that a writer thinks between two commands, on average. */
  readonly thinking: number
  /** Milliseconds that a writer waits for a node before it asks another one. */
  readonly patience: number
}

/**
 * People who write all the time, each one thing after the other. What got no answer is sent again, with the same
 * command id, to another node, until there is one.
 */
export class Writers {
  readonly acknowledged: Acknowledged[] = []
  /** Tries without an answer, by why. */
  readonly lost = { connection: 0, "time-out": 0, internal: 0 }
  /** Commands that another node answered than the one that was asked first. */
  elsewhere = 0
  readonly problems: string[] = []
  readonly #the: Writing
  readonly #loops: ReadonlyArray<Promise<void>>
  readonly #answered = new Set<(writer: number) => void>()
  readonly #samples: Sample[] = []
  readonly #lost = new Set<() => void>()
  #isOver = false
  #hasGivenUp = false

  constructor(writing: Writing) {
    this.#the = writing
    this.#loops = writing.people.map((person, i) => this.#write(person, i, writing.random.split()))
  }

  /** Waits until so many more commands were answered. */
  more(count: number): Promise<void> {
    return this.#each((left) => left - 1, count)
  }

  /** Waits until every writer had another answer, and gives the milliseconds that each waited for it. */
  async recovered(): Promise<ReadonlyArray<number>> {
    const from = performance.now()
    const waited = new Map<number, number>()
    await this.#each((left, writer) => {
      if (waited.has(writer)) return left
      waited.set(writer, performance.now() - from)
      return left - 1
    }, this.#the.people.length)
    return [...waited.values()]
  }

  /** Waits until so many more tries had no answer. */
  async failing(count: number): Promise<void> {
    const until = this.tries + count
    while (this.tries < until) await new Promise<void>((wake) => this.#lost.add(wake))
  }

  /** Lets everybody finish what was begun. */
  async stop(): Promise<void> {
    this.#isOver = true
    await Promise.all(this.#loops)
  }

  /** Says some of the commands once more, and what was answered otherwise than the first time. */
  async repeat(): Promise<void> {
    const { urls } = this.#the
    for (const [i, { token, path, input, receipt }] of this.#samples.entries()) {
      const again = await tell<Receipt>({ url: urls[i % urls.length]!, token }, path, input).catch(String)
      if (!isDeepStrictEqual(again, receipt))
        this.#trouble(`${path} ${receipt.seq} was answered ${JSON.stringify(again)} the second time`)
    }
  }

  /** Ends with what is being asked just now, whatever is unanswered. */
  giveUp(): void {
    this.#isOver = true
    this.#hasGivenUp = true
  }

  /** Tries that had no answer. */
  get tries(): number {
    return this.lost.connection + this.lost["time-out"] + this.lost.internal
  }

  #each(count: (left: number, writer: number) => number, from: number): Promise<void> {
    let left = from
    return new Promise((resolve) => {
      const heard = (writer: number): void => {
        left = count(left, writer)
        if (left > 0) return
        this.#answered.delete(heard)
        resolve()
      }
      this.#answered.add(heard)
    })
  }

  async #write(person: Person, writer: number, random: Random): Promise<void> {
    let last: string | undefined
    for (let n = 0; !this.#isOver; n++) {
      const wish = wishOf(random, last, `${writer}/${n}`)
      const isDone = await this.#insist(person, wish, random)
      if (isDone) {
        last = wish.path === "message.post" ? wish.words.message : undefined
        for (const heard of [...this.#answered]) heard(writer)
      }
      if (!this.#isOver) await pause(random.next() * 2 * this.#the.thinking)
    }
  }

  async #insist({ id: actor, token, room }: Person, { path, words }: Wish, random: Random): Promise<boolean> {
    const { urls, patience } = this.#the
    const command = randomUUID()
    const input = { ...words, room, commandId: command }
    const sentAt = performance.now()
    const first = random.below(urls.length)
    for (let at = first, tries = 1; ; tries++) {
      try {
        const receipt = await tell<Receipt>({ url: urls[at]!, token, within: patience }, path, input)
        const said = typeof words["text"] === "string" ? { text: words["text"] } : {}
        this.acknowledged.push({ actor, command, ...receipt, ...said, sentAt, ackedAt: performance.now() })
        if (this.acknowledged.length % 97 === 0) this.#samples.push({ token, path, input, receipt })
        if (at !== first) this.elsewhere += 1
        return true
      } catch (cause) {
        if (cause instanceof Lost) this.#count(cause)
        if (cause instanceof Refused) return this.#trouble(`${path} ${command} was refused: ${cause.message}`)
        if (!(cause instanceof Lost)) return this.#trouble(String(cause))
        if (this.#hasGivenUp) return false
        if (performance.now() - sentAt > forEver)
          return this.#trouble(`${path} ${command} had no answer: ${cause.message}`)
      }
      at = (at + 1 + random.below(Math.max(1, urls.length - 1))) % urls.length
      await pause(Math.min(15 * tries, 150))
    }
  }

  #count({ why }: Lost): void {
    this.lost[why] += 1
    for (const wake of this.#lost) wake()
    this.#lost.clear()
  }

  #trouble(problem: string): false {
    this.problems.push(problem)
    return false
  }
}

/** Milliseconds after which a command that nobody answers is given up, and counts as wrong. */
const forEver = 40_000

/** A command that was answered, as it was sent. */
interface Sample {
  readonly token: string
  readonly path: string
  readonly input: object
  readonly receipt: Receipt
}

interface Wish {
  readonly path: "message.post" | "message.edit" | "message.react"
  readonly words: { readonly message: string } & Readonly<Record<string, unknown>>
}

/** Mostly new messages; some of them are edited or reacted to afterwards. */
const wishOf = (random: Random, last: string | undefined, text: string): Wish => {
  const kind = random.next()
  if (last !== undefined && kind < 0.1)
    return { path: "message.edit", words: { message: last, text: `${text} edited` } }
  if (last !== undefined && kind < 0.2) return { path: "message.react", words: { message: last, emoji: "👍" } }
  return { path: "message.post", words: { message: randomUUID(), text, images: [], replyTo: null } }
}
