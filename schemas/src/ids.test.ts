import { Schema } from "effect"
import { describe, expect, test } from "vitest"
import { CommandId, MessageId, RoomId, Seq, Token, UserId } from "./ids.ts"
import { limits } from "./limits.ts"
import { MediaKey } from "./media.ts"
import { HistoryQuery, PostMessage } from "./message.ts"
import { Invitation } from "./room.ts"

const uuid = "01900000-0000-7000-8000-000000000001"

describe.each(Object.entries({ UserId, RoomId, MessageId, CommandId }))("a %s", (_, schema) => {
  const fits = Schema.is(schema)
  test("is a UUID in lower case", () => expect(fits(uuid)).toBe(true))
  test.each([
    "",
    uuid.slice(1),
    `${uuid}0`,
    `${uuid}\n`,
    ` ${uuid}`,
    "01900000-0000-7000-8000-00000000000A",
    "01900000-0000-0000-8000-000000000001",
    "01900000-0000-7000-c000-000000000001",
    "00000000-0000-0000-0000-000000000000",
    "' or 1=1 --",
    7,
    null,
  ])("is not %j", (value) => expect(fits(value)).toBe(false))
})

describe("a resume token", () => {
  const fits = Schema.is(Token)
  test.each(["00ff00ff.0", "00ff00ff.123456789012345"])("may be %s", (token) => expect(fits(token)).toBe(true))
  test.each([
    "",
    "7",
    "00ff00ff",
    "00ff00ff.",
    "00ff00ff.-1",
    "00FF00FF.1",
    "00ff00ff.1e3",
    "00ff00ff.1234567890123456",
  ])("may not be %j", (token) => expect(fits(token)).toBe(false))
})

test.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, "1"])("a place in a room is not %j", (seq) =>
  expect(Schema.is(Seq)(seq)).toBe(false),
)

test("the key of an image leads nowhere else", () => {
  const fits = Schema.is(MediaKey)
  expect(fits("img_1700000000_0123456789abcdef0123456789abcdef.png")).toBe(true)
  for (const key of ["../secret", "img_1700000000_00ff.png/../x", "img_1700000000_00ff.svg", "img_1_00ff.png", ""])
    expect(fits(key), key).toBe(false)
})

test("an invitation is a code of 26 letters and digits", () => {
  expect(Schema.is(Invitation)("0123456789abcdefghijklmnop")).toBe(true)
  for (const code of ["", "0123456789abcdefghijklmno", "0123456789ABCDEFGHIJKLMNOP", "0123456789abcdefghijklmnop\n"])
    expect(Schema.is(Invitation)(code), code).toBe(false)
})

test("a post has at most so many images", () => {
  const post = (count: number) => ({
    _tag: "PostMessage",
    room: uuid,
    message: uuid,
    text: "",
    images: Array.from({ length: count }, () => ({ key: "img_1700000000_00ff.png", alt: "" })),
    replyTo: null,
  })
  expect(Schema.is(PostMessage)(post(limits.imagesPerMessage))).toBe(true)
  expect(Schema.is(PostMessage)(post(limits.imagesPerMessage + 1))).toBe(false)
})

test("a page has at least one row and at most so many", () => {
  const fits = (limit: number) => Schema.is(HistoryQuery)({ room: uuid, limit })
  expect([0, 1, limits.page, limits.page + 1, 1.5].map(fits)).toEqual([false, true, true, false, false])
})
