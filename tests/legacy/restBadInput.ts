import { readdir } from "node:fs/promises"
import { run } from "@roomlog/backend"
import type { TestRoomlog } from "@roomlog/testing"
import { beforeAll, describe, expect, test } from "vitest"
import { type Bad, get, lobby, nonsense, said } from "./restNonsense.ts"

/** Nonsense at every old route: a clear answer, and nothing of it stays. */
export const badRequests = (roomlog: () => TestRoomlog) =>
  describe("say what is wrong, and store nothing", () => {
    const send = ({ method = "POST", path = lobby, type, headers = {}, body }: Bad) =>
      fetch(roomlog().url + path, {
        method,
        headers: { ...(type === undefined ? {} : { "content-type": type }), ...headers },
        ...(body === undefined ? {} : { body }),
      })
    beforeAll(async () => {
      const ann = await roomlog().signedIn("Ann of the lobby")
      await ann.rooms.enter("lobby bad")
      expect((await send(said({}))).status, "whoever speaks is known from then on").toBe(201)
    })

    test.each(nonsense)("%s", async (_, bad, status, body) => {
      const before = await kept(roomlog())
      const answer = await send(bad)
      const text = await answer.text()
      expect({ status: answer.status, text }).toEqual({ status, text })
      expect(JSON.parse(text)).toEqual(body)
      if (status === 405) expect(answer.headers.get("allow")).toMatch(/OPTIONS$/)
      expect(await kept(roomlog())).toEqual(before)
    })

    test.each([
      ["page_size=1000", 200],
      ["page_size=0", 200],
      ["page_size=-1", 200],
      ["page_size=all", 200],
      ["page=&format=json", 200],
      ["page=%201%20", 200],
    ])("a page is answered with %s", async (query, status) => {
      expect((await send(get(`?${query}`))).status).toBe(status)
    })

    test("HEAD is as GET, without the body", async () => {
      const [whole, head] = [await send(get("")), await send({ method: "HEAD" })]
      expect(head.status).toBe(200)
      expect(head.headers.get("content-length")).toBe(String((await whole.text()).length))
      expect(await head.text()).toBe("")
    })
  })

/** Everything that is kept of what people do. */
const kept = async ({ backend }: TestRoomlog) => {
  const [rows] = await run(
    backend.run<Record<string, unknown>>(
      `select (select count(*) from event)::int as events, (select count(*) from item)::int as items,
        (select count(*) from media)::int as media, (select count(*) from room)::int as rooms,
        (select count(*) from profile)::int as people, (select count(*) from session)::int as sessions`,
    ),
  )
  return { ...rows, incoming: (await readdir(backend.media.incoming)).length }
}
