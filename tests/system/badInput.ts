import { randomUUID } from "node:crypto"
import type { Session } from "@roomlog/schemas"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { type Doors, post } from "./doors.ts"
import { type Answer, Line } from "./line.ts"
import { refusals } from "./refusals.ts"

const there = { room: randomUUID(), message: randomUUID(), name: `lobby ${randomUUID()}` }
const invalid = (field: string) => ({ _tag: "InvalidInput", field })

/** Nonsense at every door: it is refused in words, it leaves nothing behind, and what comes after it works. */
export const badInput = (doors: Doors) =>
  describe("bad input", () => {
    let ann: Session
    beforeAll(async () => {
      const { result } = await doors.call("identity.signIn", { name: "Ann 31" })
      ann = result!.data as Session
      const { room, message, name } = there
      const words = { commandId: randomUUID(), room, name, topic: "", visibility: "public" }
      await doors.call("room.create", words, ann)
      await doors.call("message.post", post(room, { message }), ann)
      const bo = await doors.session("Bo")
      await doors.call("room.join", { commandId: randomUUID(), room }, bo)
    })

    const send = (path: string, body: string, headers: Record<string, string> = {}) =>
      doors.send(path, body, { token: ann.token, headers })
    /** What the doors show of all that is kept: rooms with their heads, members and marks, and the history. */
    const kept = async () => {
      const [list, history] = await Promise.all([
        doors.ask("room.list", {}, ann),
        doors.ask("message.history", { room: there.room }, ann),
      ])
      return [list.result?.data, history.result?.data]
    }
    const batch = (n: number): string => `${Array(n).fill("message.post").join(",")}?batch=1`
    const calls = (n: number) => Object.fromEntries(Array.from({ length: n }, (_, i) => [i, post(there.room)]))

    describe("over HTTP", () => {
      test.each(refusals(there))("%s", async (_, path, words, rejection) => {
        const before = await kept()
        const { error } = await doors.call(path, words(), ann)
        expect(error?.data.rejection).toMatchObject(rejection)
        expect(error?.message).toMatch(
          rejection["_tag"] === "InvalidInput" ? new RegExp(`^${rejection["field"]}: `) : /\.$|text must/,
        )
        expect(error?.data.httpStatus).toBeGreaterThanOrEqual(400)
        expect(error?.data.httpStatus).toBeLessThan(500)
        expect(await kept()).toEqual(before)
      })

      test.each([
        ["JSON that is not", () => send("message.post", "{room:"), 400],
        ["more than 64 KiB", () => send("message.post", text(post(there.room, { text: "a".repeat(65_536) }))), 413],
        ["21 calls at once", () => send(batch(21), text(calls(21))), 400],
        [
          "a form",
          () => send("message.post", "text=hello", { "content-type": "application/x-www-form-urlencoded" }),
          415,
        ],
        [
          "JSON that says it is text",
          () => send("message.post", text(post(there.room)), { "content-type": "text/plain" }),
          415,
        ],
        [
          "a page of another origin",
          () => send("message.post", text(post(there.room)), { origin: "https://elsewhere.example" }),
          403,
        ],
        [
          "a change by GET",
          () =>
            fetch(`${doors.url}/trpc/message.post?input=${encodeURIComponent(text(post(there.room)))}`, {
              headers: { authorization: `Bearer ${ann.token}` },
            }),
          405,
        ],
        ["a procedure that is not", () => send("message.shout", "{}"), 404],
        ["nobody", () => send("message.post", text(post(there.room)), { authorization: "Bearer " }), 401],
      ])("%s", async (_, ask, status) => {
        const before = await kept()
        expect((await ask()).status).toBe(status)
        expect(await kept()).toEqual(before)
      })

      test("20 calls at once are carried out", async () => {
        const answers = (await (await send(batch(20), text(calls(20)))).json()) as ReadonlyArray<Answer>
        expect(answers.filter(({ result }) => result)).toHaveLength(20)
      })
    })

    describe("over a WebSocket", () => {
      let line: Line
      const dial = (headers: Record<string, string> = {}) =>
        new Line(doors.url, { authorization: `Bearer ${ann.token}`, ...headers })
      beforeAll(async () => {
        line = await dial().open()
      })
      afterAll(() => line.socket.terminate())
      const works = async (): Promise<void> => {
        expect((await line.call("query", "identity.me")).result?.data).toMatchObject({ name: "Ann 31" })
      }
      const mutation = (id: number) => ({
        id,
        method: "mutation",
        params: { path: "message.post", input: post(there.room) },
      })

      test.each(refusals(there))("%s", async (_, path, words, rejection) => {
        const before = await kept()
        const { error } = await line.call("mutation", path, words())
        expect(error?.data.rejection).toMatchObject(rejection)
        expect(await kept()).toEqual(before)
        await works()
      })

      test.each([
        ["a token that is none", () => ({ room: there.room, from: "yesterday" }), invalid("from")],
        ["a room that is none", () => ({ room: null }), invalid("room")],
        ["a room that is not", () => ({ room: there.message }), { _tag: "RoomNotFound", room: there.message }],
      ])("following with %s", async (_, words, rejection) => {
        const { error } = await line.call("subscription", "room.follow", words())
        expect(error?.data.rejection).toMatchObject(rejection)
        await works()
      })

      test.each([
        ["JSON that is not", () => "{id:", null],
        ["JSON that is no call", () => "[null]", null],
        ["21 calls in one message", () => text(Array.from({ length: 21 }, (_, id) => mutation(id))), null],
        ["a procedure that is not", () => text({ id: 1, method: "query", params: { path: "message.shout" } }), 1],
        ["a method that is not", () => text({ id: 1, method: "shout", params: { path: "message.post" } }), null],
      ])("%s is refused, and the connection goes on", async (_, words, id) => {
        const before = await kept()
        line.forget()
        line.socket.send(words())
        expect((await line.answer(id))?.error).toMatchObject({ message: expect.stringMatching(/./) })
        expect(await kept()).toEqual(before)
        await works()
      })

      test("more than 64 KiB end the connection, and no other one", async () => {
        const other = await dial().open()
        const before = await kept()
        other.socket.send(text({ ...mutation(1), more: "a".repeat(65_536) }))
        expect(await other.answer(1)).toBeUndefined()
        expect(other.closed).toBe(1009)
        expect(await kept()).toEqual(before)
        await works()
      })

      test("a page of another origin is not let in", async () => {
        const other = dial({ origin: "https://elsewhere.example" })
        const refused = new Promise((resolve) =>
          other.socket.once("unexpected-response", (_, { statusCode }) => resolve(statusCode)),
        )
        expect(await refused).toBe(403)
        other.socket.terminate()
      })

      test("a command that is sent again is answered again, and its id is good for nothing else", async () => {
        const first = post(there.room)
        const { result } = await doors.call("message.post", first, ann)
        const before = await kept()
        expect((await doors.call("message.post", first, ann)).result).toEqual(result)
        expect((await line.call("mutation", "message.post", first)).result?.data).toEqual(result?.data)
        for (const again of [post(there.room, { text: "other" }), post(there.room)]) {
          const reused = { ...again, commandId: first["commandId"] }
          expect((await doors.call("message.post", reused, ann)).error?.data.rejection).toEqual({
            _tag: "CommandReused",
            command: first["commandId"],
          })
        }
        expect(await kept()).toEqual(before)
      })
    })

    test("names that look alike are one name", async () => {
      await doors.signedIn("Capo")
      for (const name of ["саро", "CAPO", "cap0", "Cápo", "c a p o"])
        expect((await doors.call("identity.signIn", { name })).error?.data.rejection, name).toMatchObject({
          _tag: "NameInUse",
        })
    })
  })

const text = (words: unknown): string => JSON.stringify(words)
