import { arbitraryStory, Chat, holds } from "@roomlog/domain/testing"
import { Command, Event, upcast, versionOf } from "@roomlog/schemas"
import { Schema } from "effect"
import fc from "fast-check"
import { expect, test } from "vitest"

const story = arbitraryStory()

test("the doors would let every random command in", () =>
  holds(
    fc.property(story, ({ asked }) => {
      for (const { command } of asked) expect(Schema.decodeUnknownSync(Command)(command)).toEqual(command)
    }),
    50,
  ))

test("whatever happens can be stored as JSON and read again", () =>
  holds(
    fc.property(story, ({ asked }) => {
      for (const { event } of Chat.askAll(asked).log) {
        if (event._tag === "Unknown") throw new Error("a rule made something that nobody knows")
        const { _tag, ...body } = Schema.encodeSync(Event)(event)
        expect(upcast(_tag, versionOf(_tag), JSON.parse(JSON.stringify(body)))).toEqual(event)
      }
    }),
    50,
  ))
