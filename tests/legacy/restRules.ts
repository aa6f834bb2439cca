import { run } from "@roomlog/backend"
import type { TestRoomlog } from "@roomlog/testing"
import { describe, expect, test } from "vitest"
import { until } from "../live.ts"
import { png } from "./pixels.ts"

interface Line {
  readonly id: number
  readonly content: string | null
  readonly username: string
}
interface Page {
  readonly count: number
  readonly next: string | null
  readonly results: ReadonlyArray<Line>
}

/** What the old routes promise beyond what the old application did. */
export const restRules = (roomlog: () => TestRoomlog) =>
  describe("keep what the new world promises", () => {
    const at = (path: string): string => roomlog().url + path
    const listOf = (room: string): string => at(`/api/chat/${encodeURIComponent(room)}/messages/`)
    const read = async (address: string, headers = {}): Promise<Page> =>
      (await (await fetch(address, { headers })).json()) as Page
    const post = (address: string, words: object, headers: Record<string, string> = {}) =>
      fetch(address, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: JSON.stringify(words),
      })
    const all = async (room: string): Promise<ReadonlyArray<Line>> => {
      const lines: Array<Line> = []
      for (let next: string | null = `${listOf(room)}?page_size=7`; next !== null; ) {
        const page = await read(next)
        lines.push(...page.results)
        next = page.next
      }
      return lines
    }

    test("who is in the room hears at once what a script says", async () => {
      const ann = await roomlog().signedIn("Ann of the harbour")
      const { room } = await ann.rooms.enter("harbour")
      const hers = ann.open(room)
      await hers.ready
      expect((await post(listOf("harbour"), { username: "Script", content: "ship ahoy" })).status).toBe(201)
      await until(hers.state, ({ items }) => items.some((item) => item._tag === "Message" && item.text === "ship ahoy"))
    })

    test("what was removed is gone, what was edited says the new, and ids stay", async () => {
      const ann = await roomlog().signedIn("Ann of the mole")
      const { room } = await ann.rooms.enter("mole")
      const hers = ann.open(room)
      await hers.ready
      const seqs = []
      for (const text of ["one", "two", "three"]) seqs.push(await hers.post({ text }))
      const before = await all("mole")
      const { items } = await ann.history({ room })
      const idOf = (seq: number | undefined) => {
        const found = items.find((item) => item._tag === "Message" && item.seq === seq)
        return found?._tag === "Message" ? found.id : undefined
      }
      await hers.remove(idOf(seqs[1])!)
      await hers.edit(idOf(seqs[2])!, "four")
      const after = await read(listOf("mole"))
      expect(after.count).toBe(2)
      expect(after.results.map(({ id, content }) => [id, content])).toEqual([
        [before[0]!.id, "four"],
        [before[2]!.id, "one"],
      ])
      // A line that is gone is a place to go on from all the same.
      expect((await read(`${listOf("mole")}?before=${before[1]!.id}`)).results.map(({ content }) => content)).toEqual([
        "one",
      ])
    })

    test("a private room is as unknown as one that is not, but to its members", async () => {
      const ann = await roomlog().signedIn("Ann of the cellar")
      await ann.rooms.create({ name: "cellar", visibility: "private" })
      const answers = async (room: string) => {
        const got = [
          await fetch(listOf(room)),
          await post(listOf(room), { username: "Eve", content: "let me in" }),
          await fetch(at(`/chat/${room}/history/`)),
        ]
        return Promise.all(got.map(async (answer) => [answer.status, await answer.text()]))
      }
      expect(await answers("cellar")).toEqual(await answers("attic"))
      expect(JSON.stringify(await (await fetch(at("/api/rooms/"))).json())).not.toContain("cellar")
      const { cookie } = await signIn("Ann of the cellar 2", "mole")
      expect((await fetch(listOf("cellar"), { headers: { cookie } })).status).toBe(404)
      const bearer = { authorization: `Bearer ${await tokenOf("Cal of the cellar", "cellar two")}` }
      expect((await post(listOf("cellar two"), { username: "x", content: "mine" }, bearer)).status).toBe(201)
      expect((await read(listOf("cellar two"), bearer)).count).toBe(1)
    })

    test("a request that is sent again with its key is done once, also with an image", async () => {
      const key = { "idempotency-key": "order-66" }
      const words = { username: "Robot", content: "beep" }
      await post(at("/api/rooms/"), { name: "factory" })
      const [first, second] = await Promise.all([1, 2].map(() => post(listOf("factory"), words, key)))
      expect([first!.status, second!.status]).toEqual([201, 201])
      expect(await first!.json()).toEqual(await second!.json())
      const other = await post(listOf("factory"), { ...words, content: "boop" }, key)
      expect([other.status, Object.keys((await other.json()) as object)]).toEqual([409, ["detail"]])
      const image = async () => {
        const body = new FormData()
        body.append("username", "Robot")
        body.append("image", new Blob([png(3, 3)]), "a.png")
        return fetch(listOf("factory"), { method: "POST", headers: { "idempotency-key": "order-67" }, body })
      }
      expect(await (await image()).json()).toEqual(await (await image()).json())
      expect((await read(listOf("factory"))).count).toBe(2)
      const room = (name: string) => post(at("/api/rooms/"), { name, username: "Robot" }, key)
      expect(await (await room("twice")).json()).toEqual(await (await room("twice")).json())
      expect((await room("thrice")).status).toBe(409)
    })

    test("a room that a script made belongs to the first who joins", async () => {
      await post(at("/api/rooms/"), { name: "orphanage" })
      const ann = await roomlog().signedIn("Ann of the orphanage")
      await ann.rooms.enter("orphanage")
      expect(await ann.rooms.find("orphanage")).toMatchObject({ role: "owner", members: 1 })
    })

    test("the sign-in form keeps what was typed, and runs nothing of it", async () => {
      const typed = '"><script>alert(1)</script>'
      const answer = await form({ username: typed, room_name: "a/b" })
      const page = await answer.text()
      expect([answer.status, answer.headers.get("content-type")]).toEqual([400, "text/html; charset=utf-8"])
      expect(answer.headers.get("content-security-policy")).toMatch(/^default-src 'none'; style-src 'sha256-/)
      expect(page).not.toContain("<script")
      expect(page).toContain('value="&#34;&#62;&#60;script&#62;')
      expect(page).toContain('value="a/b"')
      expect(page).toContain("must not contain /")
    })

    test("the sign-in form refuses a name that is held, and a private room without leaving a session", async () => {
      await roomlog().signedIn("Dora")
      const held = await form({ username: "dora", room_name: "mole" })
      expect([held.status, await held.text()]).toEqual([400, expect.stringContaining("Try &#34;dora 2&#34;")])
      const before = await sessions()
      const shut = await form({ username: "Emil", room_name: "cellar" })
      expect([shut.status, shut.headers.get("set-cookie")]).toEqual([400, null])
      expect(await sessions()).toBe(before)
      expect((await form({ username: "Emil", room_name: "mole" })).status).toBe(302)
    })

    test("the session of the form is the session of the chat page", async () => {
      const { cookie } = await signIn("Ida", "mole")
      const me = await fetch(at("/trpc/identity.me"), { headers: { cookie } })
      expect(await me.json()).toMatchObject({ result: { data: { name: "Ida" } } })
      const list = await fetch(at("/trpc/room.list"), { headers: { cookie } })
      const { result } = (await list.json()) as {
        result: { data: ReadonlyArray<{ name: string; role: string | null }> }
      }
      expect(result.data.filter(({ role }) => role !== null).map(({ name }) => name)).toEqual(["mole"])
    })

    test("who comes again under the same name keeps the session; under another one, the old session ends", async () => {
      const { cookie } = await signIn("Fritz", "mole")
      const again = await form({ username: "fritz", room_name: "new pier" }, cookie)
      expect([again.status, again.headers.get("location"), again.headers.get("set-cookie")]).toEqual([
        302,
        "/chat/new%20pier/",
        null,
      ])
      const before = await sessions()
      expect((await form({ username: "Gustav", room_name: "mole" }, cookie)).status).toBe(302)
      expect(await sessions()).toBe(before)
      expect((await signIn("Fritz", "mole")).cookie).not.toBe(cookie)
    })

    const form = (words: Record<string, string>, cookie = "") =>
      fetch(at("/"), { method: "POST", redirect: "manual", headers: { cookie }, body: new URLSearchParams(words) })
    const signIn = async (username: string, room_name: string) => {
      const answer = await form({ username, room_name })
      expect(answer.status).toBe(302)
      return { cookie: answer.headers.getSetCookie()[0]!.split(";", 1)[0]! }
    }
    /** The token of somebody new, who owns a private room of this name. */
    const tokenOf = async (name: string, privateRoom: string): Promise<string> => {
      const { token, user } = await run(roomlog().backend.identity.signIn(name))
      const { commands, newId } = roomlog().backend
      await run(
        commands.execute(user, newId() as never, {
          _tag: "CreateRoom",
          room: newId() as never,
          name: privateRoom,
          topic: "",
          visibility: "private",
        }),
      )
      return token
    }
    const sessions = async (): Promise<number> => {
      const [found] = await run(roomlog().backend.run<{ n: number }>("select count(*)::int as n from session"))
      return found!.n
    }
  })
