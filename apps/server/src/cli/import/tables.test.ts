import { describe, expect, test } from "vitest"
import type { OldTable } from "./old.ts"
import { findTables } from "./tables.ts"

const table = (name: string, columns: string, types: Readonly<Record<string, string>> = {}): OldTable => ({
  name,
  sql: `"${name}"`,
  columns: new Map(columns.split(" ").map((column) => [column, types[column] ?? "text"])),
})
const messages = "id room_id username content image content_type timestamp"
const rooms = "id name created_at"
const found = (tables: ReadonlyArray<OldTable>, app?: string) => {
  const { messages, rooms, room, tokens } = findTables(tables, app)
  return [messages.name, rooms?.name, room.column, room.holds, ...tokens.map(({ name }) => name)]
}

const chat = [table("chat_room", rooms), table("chat_message", messages)]
const others = [table("auth_user", "id username"), table("authtoken_token", "key token user_id")]

describe("the old tables", () => {
  test("are those of chat, whatever else is there", () =>
    expect(found([...others, table("blog_message", messages), table("blog_room", rooms), ...chat])).toEqual([
      "chat_message",
      "chat_room",
      "room_id",
      "id",
    ]))
  test("are found by their columns when the app is called otherwise", () =>
    expect(found([table("talk_message", messages), table("hotel_room", rooms), table("talk_room", rooms)])).toEqual([
      "talk_message",
      "talk_room",
      "room_id",
      "id",
    ]))
  test("may be called anything when there is only one of each", () =>
    expect(found([table("lines", messages), table("places", rooms)])).toEqual(["lines", "places", "room_id", "id"]))
  test("are those of the app that is named", () =>
    expect(found([...chat, table("talk_message", messages), table("talk_room", rooms)], "talk")[0]).toBe(
      "talk_message",
    ))
  test("may name rooms by a column that is called room, by id or by name", () => {
    const byRoom = messages.replace("room_id", "room")
    const withType = (type: string) => [table("chat_room", rooms), table("chat_message", byRoom, { room: type })]
    expect(found(withType("bigint"))).toEqual(["chat_message", "chat_room", "room", "id"])
    expect(found(withType("varchar(100)"))).toEqual(["chat_message", "chat_room", "room", "name"])
    expect(found([table("chat_message", byRoom)])).toEqual(["chat_message", undefined, "room", "name"])
  })
  test("with tokens of devices are named, those of people are not", () =>
    expect(found([...chat, ...others, table("fcm_device", "id registration_id")]).slice(4)).toEqual(["fcm_device"]))
})

describe("refused are", () => {
  const two = [table("a_message", messages), table("b_message", messages), table("a_room", rooms)]
  test("two apps, of which neither is chat", () => expect(() => found(two)).toThrow(/a_message, b_message.*--app a/))
  test("an app that is not there", () => expect(() => found(chat, "talk")).toThrow(/no table talk_message.*chat_room/))
  test("no messages", () => expect(() => found(others)).toThrow(/columns id, room_id or room, .*auth_user/))
  test("no tables at all", () => expect(() => found([])).toThrow("has no tables"))
  test("messages without their rooms", () =>
    expect(() => found([table("chat_message", messages)])).toThrow(/looks like the rooms/))
  test("several tables of rooms of which none belongs to the messages", () =>
    expect(() => found([table("chat_message", messages), table("x_room", rooms), table("y_room", rooms)])).toThrow(
      /x_room, y_room. One should be called chat_room/,
    ))
})
