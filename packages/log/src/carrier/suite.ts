import { randomUUID } from "node:crypto"
import { Effect, type Scope } from "effect"
import { describe, expect, test } from "vitest"
import type { Carrier } from "./carrier.ts"

/** Two nodes' carriers, and what makes their connection be lost and come back. */
export interface Pair {
  readonly one: Carrier
  readonly two: Carrier
  readonly disturb: () => Promise<unknown>
}

/** What every carrier promises, so long as nothing is lost, and that it says when something may be. */
export const carrierSuite = (name: string, pair: Effect.Effect<Pair, unknown, Scope.Scope>): void => {
  describe(`nodes told ${name}`, () => {
    const story = (title: string, tell: (pair: Pair) => Promise<void>) =>
      test(title, () =>
        Effect.runPromise(Effect.scoped(Effect.flatMap(pair, (two) => Effect.promise(() => tell(two))))),
      )

    story("hear the topics they listen to, in order, and not themselves", async ({ one, two }) => {
      const topic = `events.${randomUUID()}`
      const [own, others, other] = [heardBy(one, topic), heardBy(two, topic), heardBy(two, "events.other")]
      await reaching(one, two)
      const sent = Array.from({ length: 500 }, (_, n) => `${n}`)
      for (const message of sent) one.tell(topic, message)
      one.tell("events.other", "end")
      await other.until((messages) => messages.includes("end"))
      expect(others.messages).toEqual(sent)
      expect(other.messages).toEqual(["end"])
      expect(own.messages).toEqual([])
    })

    story("hear nothing more once they have stopped, and again when they begin again", async ({ one, two }) => {
      const first = heardBy(two, "a")
      const second = heardBy(two, "a")
      const end = heardBy(two, "end")
      // What is heard by now was asked for after those.
      await reaching(one, two)
      one.tell("a", "1")
      await second.until(({ length }) => length === 1)
      first.stop()
      one.tell("a", "2")
      await second.until(({ length }) => length === 2)
      second.stop()
      second.stop()
      one.tell("a", "3")
      one.tell("end", "3")
      await end.until(({ length }) => length === 1)
      const third = heardBy(two, "a")
      await reaching(one, two)
      one.tell("a", "4")
      await third.until(({ length }) => length === 1)
      expect([first.messages, second.messages, third.messages]).toEqual([["1"], ["1", "2"], ["4"]])
    })

    story("carry any text, and lose what is too long without harm", async ({ one, two }) => {
      await reaching(one, two)
      const heard = heardBy(two, "texts")
      await reaching(one, two)
      const texts = ["", "a\nb", '"quoted" \\ {}', "👩‍👩‍👧 ä\u202e", "x".repeat(6_000), "é".repeat(2_500)]
      for (const text of [...texts, "y".repeat(2_000_000), "end"]) one.tell("texts", text)
      await heard.until((messages) => messages.includes("end"))
      expect(heard.messages.filter((text) => !text.startsWith("yy"))).toEqual([...texts, "end"])
    })

    story("are told to doubt after a loss, and hear again", async ({ one, two, disturb }) => {
      await reaching(one, two)
      const doubted = new Promise<void>((doubt) => two.onDoubt(doubt))
      await disturb()
      await doubted
      await reaching(one, two)
      await reaching(two, one)
    })
  })
}

/** Everything that is heard about a topic. */
export const heardBy = (carrier: Carrier, topic: string) => {
  const messages: Array<string> = []
  let look: () => void = () => undefined
  const stop = carrier.hear(topic, (message) => {
    messages.push(message)
    look()
  })
  return {
    messages: messages as ReadonlyArray<string>,
    stop,
    until: (isSo: (messages: ReadonlyArray<string>) => boolean) =>
      new Promise<void>((resolve) => {
        look = () => (isSo(messages) ? resolve() : undefined)
        look()
      }),
  }
}

/** Waits until what one tells reaches the other. */
export const reaching = async (one: Carrier, other: Carrier): Promise<void> => {
  const topic = `reaching.${randomUUID()}`
  const heard = heardBy(other, topic)
  const knock = setInterval(() => one.tell(topic, "?"), 10)
  await heard.until(({ length }) => length > 0)
  clearInterval(knock)
  heard.stop()
}
