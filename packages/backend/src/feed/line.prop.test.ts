import type { Stored } from "@roomlog/log"
import fc from "fast-check"
import { expect, test } from "vitest"
import { delivered, lineOf, lineOfText } from "./line.ts"

const seed = Number(process.env["SEED"] ?? Date.now() % 2 ** 31)
const id = (n: number) => `00000000-0000-7000-8000-${n.toString(16).padStart(12, "0")}`

/** Stored events of today, of a newer version, and of a type that nobody here knows. */
const stored = fc
  .record({ text: fc.string({ unit: "grapheme", maxLength: 40 }), seq: fc.integer({ min: 1 }) })
  .chain(({ text, seq }) => {
    const posted = { message: id(1), text: `a${text}`, images: [], replyTo: null }
    const kinds: ReadonlyArray<Pick<Stored, "type" | "version" | "body" | "subject">> = [
      { type: "MessagePosted", version: 1, body: posted, subject: id(1) },
      { type: "MessagePosted", version: 2, body: { ...posted, colour: text }, subject: id(1) },
      { type: "Reacted", version: 1, body: { message: id(1), emoji: "👍" }, subject: id(1) },
      { type: "MemberJoined", version: 1, body: { user: id(2), role: "member" }, subject: null },
      { type: "PollClosed", version: 1, body: { message: id(1), winner: text }, subject: id(1) },
    ]
    const place = {
      part: 0,
      pos: seq,
      stream: id(3),
      seq,
      actor: id(2),
      command: id(4),
      index: 0,
      at: 1_700_000_000_000,
    }
    return fc.constantFrom(...kinds.map((kind): Stored => ({ ...place, ...kind })))
  })

test(`an event is told alike whether its body was read or handed on (SEED=${seed})`, () => {
  fc.assert(
    fc.property(stored, fc.string(), (event, name) => {
      const { body, ...head } = event
      const line = lineOfText({ ...head, text: JSON.stringify(body) }, () => name)
      expect(JSON.parse(line.json)).toEqual(JSON.parse(lineOf(delivered(event, () => name)).json))
      expect(line.seq).toBe(event.seq)
    }),
    { seed, numRuns: 500 },
  )
})

test("what was erased is not told as if it said something", () => {
  const head = { part: 0, pos: 1, stream: id(3), seq: 1, actor: id(2), command: id(4), index: 0, at: 0, subject: id(1) }
  expect(() => lineOfText({ ...head, type: "MessagePosted", version: 1, text: "{}" }, () => "Ann")).toThrow(
    "Missing key",
  )
})
