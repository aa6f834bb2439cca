import { describe, expect, test } from "vitest"
import { asked, roomlog } from "./testing.ts"

describe("what was typed and is no command", () => {
  test.each([
    ["an unknown command", ["romo"], /There is no command "romo"\. There are: serve, .*doctor/],
    ["half a command", ["room"], /There is no command "room"\. There are: room list, room show\./],
    ["an unknown second word", ["user", "rename"], /"user rename"\. There are: user list/],
    ["an unknown option", ["doctor", "--fast"], /'--fast'\. Try: roomlog doctor --help/],
    ["an option without its value", ["log", "tail", "--room"], /--room.* Try: roomlog log tail --help/],
    ["a missing name", ["room", "show"], /needs NAME/],
    ["one word too many", ["room", "list", "all"], /no place for "all"/],
    ["a projection that is none", ["rebuild", "rooms"], /no projection "rooms" .* There are: room, member, item,/],
    ["a number that is none", ["log", "tail", "--from", "now"], /--from must be a whole number, not "now"/],
    ["roles where there are none", ["migrate", "--role", "node"], /--role is for Postgres/],
  ])("%s is refused with what to type", async (_, args, sentence) => {
    const { code, out, err } = await asked({}, ...args)
    expect({ code, out }).toEqual({ code: 2, out: "" })
    expect(err).toMatch(sentence)
  })

  test("settings that cannot be used are named", async () => {
    const { code, err } = await asked({ PORT: "many" }, "doctor")
    expect({ code, err }).toMatchObject({ code: 1, err: expect.stringContaining("PORT must be") })
  })
})

test("a database that does not answer is named by its setting", async () => {
  const { code, err } = await asked({ DATABASE_URL: "postgres://nobody@127.0.0.1:1/none" }, "doctor")
  expect({ code, err }).toEqual({
    code: 1,
    err: expect.stringMatching(/^DATABASE_URL: no Postgres answers \(.*127\.0\.0\.1:1\)\. Is it running/),
  })
})

test("help tells of all commands, of those that begin so, and of one", async () => {
  const [all, rooms, tail] = await Promise.all([
    asked({}, "--help"),
    asked({}, "room", "--help"),
    asked({}, "log", "tail", "--help"),
  ])
  expect(all.out).toMatch(/serve .*\n.*migrate .*\n.*doctor /)
  expect(rooms.out).toMatch(/room list/)
  expect(rooms.out).not.toMatch(/user list/)
  expect(tail.out).toMatch(/--room NAME +Shows.*\n(.*\n)*.*--database URL/)
  expect([all.code, rooms.code, tail.code]).toEqual([0, 0, 0])
})

test("the binary itself says it on the right stream, with the right code", async () => {
  expect(await roomlog({}, "room", "show", "--help")).toMatchObject({ code: 0, err: "" })
  expect(await roomlog({}, "romo")).toMatchObject({ code: 2, out: "" })
})
