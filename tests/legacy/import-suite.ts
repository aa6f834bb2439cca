import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, readdir, rm, symlink } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Actor } from "@roomlog/backend"
import type { Command, CommandId, MessageId, RoomId } from "@roomlog/schemas"
import { Effect } from "effect"
import sharp from "sharp"
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest"
import { asked } from "../../apps/server/src/cli/testing.ts"
import { imageBytes, linesByRoom, type Settings, story, withRoomlog } from "./import-here.ts"
import { nastyMessages, nastyNotes, nastyRooms, room } from "./import-nasty.ts"
import { message, millisecondsOf, type OldData, timeOf, writeMedia } from "./import-old.ts"

/** Databases to import from and into. */
export interface Places {
  /** A Roomlog that is not there yet. */
  readonly nowhere: (dataDir: string) => Promise<Settings>
  /** Where an old database may be written. */
  readonly old: (folder: string) => Promise<string>
  /** Writes it, or adds to it what is new. */
  readonly write: (old: string, data: OldData) => Promise<void>
}

const main = join(import.meta.dirname, "../../apps/server/src/main.ts")

/** What every import does, whatever databases there are. */
export const importSuite = (name: string, places: Places): void => {
  describe(`an import of ${name}`, () => {
    let folder: string
    let picture: Buffer
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), "roomlog-import-"))
      picture = await sharp({ create: { width: 40, height: 30, channels: 3, background: "#3366aa" } })
        .png()
        .toBuffer()
    })
    afterAll(() => rm(folder, { recursive: true, force: true }))

    const nowhere = async () => places.nowhere(await mkdtemp(join(folder, "data-")))
    const oldWith = async (data: OldData) => {
      const old = await places.old(folder)
      await places.write(old, data)
      return old
    }
    const media = async (files: Readonly<Record<string, Uint8Array>>) => {
      const made = await mkdtemp(join(folder, "media-"))
      await writeMedia(made, files)
      return made
    }

    test("takes over everything, also what nobody could write today, and says what is not as it was", async () => {
      const settings = await nowhere()
      const old = await oldWith({ rooms: nastyRooms, messages: nastyMessages, tokens: ["a phone"] })
      const files = await media({
        "chat_images/good.png": picture,
        "chat_images/said.png": picture,
        "chat_images/page.png": Buffer.from("<html><script>alert(1)</script>"),
        "chat_images/cut.png": picture.subarray(0, 60),
      })
      await writeMedia(folder, { "secret.png": picture })
      await symlink(join(folder, "secret.png"), join(files, "chat_images/link.png"))
      const run = ["import", "django", "--database", old, "--media", files]

      const looked = await asked(settings, ...run, "--dry-run")
      expect(looked).toMatchObject({ code: 0, err: "", out: expect.stringContaining("Nothing was changed.") })
      const first = await asked(settings, ...run)
      expect(first).toMatchObject({ code: 0, err: "" })
      expect(first.out).toMatch(/rooms +7 +0 +0\npeople +8 +0 +0\nmessages +21 +0 +3\nimages +2 +0 +7\n/)
      for (const line of nastyNotes) expect(first.out).toContain(line)

      const here = await withRoomlog(settings, linesByRoom)
      expect(Object.keys(here).sort()).toEqual(
        ["general", "general 2", "lobby-no 1- -a", "long ".repeat(13).slice(0, 64), "---", "room 6", "quiet"].sort(),
      )
      const said = here["general"]!.map(({ name, text }) => `${name}: ${text}`)
      expect(said.slice(0, 12)).toEqual([
        "Alice: message 1",
        "alice: I am another",
        "System (old): Alice has left the room",
        "Eve (old): bell",
        `${"x".repeat(26)} (old): so long`,
        expect.stringMatching(/^x{21} \(old [0-9a-f]{4}\): and so long again$/),
        "Bob Two: <img src=x onerror=alert(1)> 👩‍👩‍👧‍👦 \u202eabc",
        "nameless (old): who?",
        "Alice: same moment, first id",
        "Alice: same moment, second id",
        "Alice: ",
        "Alice: look",
      ])
      const long = here["general"]!.filter(({ text }) => /^(word )+$|^word/.test(text)).map(({ text }) => text)
      expect(long.length).toBeGreaterThan(1)
      expect(long.join("")).toBe("word ".repeat(3_000))
      for (const text of long) expect(text.length).toBeLessThanOrEqual(4_000)
      expect(said.filter((line) => line.includes("[image:"))).toEqual([
        "Alice: [image: gone.png could not be taken over: the file is missing]",
        expect.stringMatching(/^Alice: \[image: page\.png could not be taken over: .+\]$/),
        expect.stringMatching(/^Alice: \[image: cut\.png could not be taken over: .+\]$/),
        "Alice: [image: secret.png could not be taken over: its path leads out of the media folder]",
        "Alice: [image: link.png could not be taken over: its path leads out of the media folder]",
        "Alice: see\n[image: passwd could not be taken over: its path leads out of the media folder]",
        "Alice: [image: x.png could not be taken over: it is an address and no file]",
      ])
      const times = here["general"]!.map(({ at }) => at)
      expect(times[0]).toBe(millisecondsOf(timeOf(1)))
      expect(times).toEqual([...times].sort((a, b) => a - b))
      for (const { images } of here["general"]!)
        for (const key of images)
          expect(
            await sharp(await imageBytes(settings, key))
              .raw()
              .toBuffer(),
          ).toEqual(await sharp(picture).raw().toBuffer())
      expect(here["general"]!.flatMap(({ images }) => images)).toHaveLength(2)

      const before = await withRoomlog(settings, story)
      const second = await asked(settings, ...run)
      expect(second.out).toMatch(/rooms +0 +7 +0\npeople +0 +8 +0\nmessages +0 +21 +3\nimages +0 +9 +0\n/)
      expect(await withRoomlog(settings, story)).toEqual(before)
    }, 240_000)

    test("goes on where it was killed, and adds what has come since", async () => {
      const rooms = [room(1, "harbour"), room(2, "market")]
      const messages = Array.from({ length: 3_200 }, (_, i) =>
        message(i + 1, {
          room_id: 1 + (i % 2),
          username: ["Ann", "Bo", "Cy"][i % 3]!,
          ...(i > 1_000 && i % 100 === 0 ? { image: "a.png", content: null } : {}),
        }),
      )
      const old = await oldWith({ rooms, messages })
      const files = await media({ "a.png": picture })
      const run = ["import", "django", "--database", old, "--media", files]
      const [whole, killed] = [await nowhere(), await nowhere()]
      expect(await asked(whole, ...run)).toMatchObject({ code: 0 })

      const images = join(killed["DATA_DIR"]!, "media", "chat_images")
      const child = spawn(process.execPath, [main, ...run], { env: { PATH: process.env["PATH"], ...killed } })
      const gone = once(child, "close")
      await vi.waitFor(async () => expect((await readdir(images)).length).toBeGreaterThan(2), {
        timeout: 120_000,
        interval: 5,
      })
      child.kill("SIGKILL")
      await gone
      const part = await withRoomlog(killed, story)
      const all = await withRoomlog(whole, story)
      expect(part.length).toBeGreaterThan(500)
      expect(part.length).toBeLessThan(all.length)
      expect(await asked(killed, ...run)).toMatchObject({ code: 0 })
      expect(await withRoomlog(killed, story)).toEqual(all)

      await places.write(old, {
        rooms: [room(3, "new room")],
        messages: [message(9_001, { room_id: 3 }), message(9_002)],
      })
      const later = await asked(whole, ...run)
      expect(later.out).toMatch(/rooms +1 +2 +0\npeople +1 +3 +0\nmessages +2 +3,200 +0\nimages +0 +21 +0\n/)
      const here = await withRoomlog(whole, linesByRoom)
      expect(here["harbour"]!.at(-1)).toMatchObject({ name: "Alice", text: "message 9002" })
      expect(here["new room"]).toMatchObject([{ name: "Alice", text: "message 9001" }])
    }, 240_000)

    test("goes into rooms that are here only when it may, and is news to nobody", async () => {
      const settings = await nowhere()
      const old = await oldWith({ rooms: [room(1, "Harbour")], messages: [1, 2, 3].map((id) => message(id)) })
      const run = ["import", "django", "--database", old]
      const { ann, bo, harbour } = await withRoomlog(settings, async (backend) => {
        const [ann, bo] = [await signIn(backend, "Ann"), await signIn(backend, "Bo")]
        const harbour = crypto.randomUUID() as RoomId
        await does(backend, ann, {
          _tag: "CreateRoom",
          room: harbour,
          name: "harbour",
          topic: "",
          visibility: "public",
        })
        await does(backend, bo, { _tag: "JoinRoom", room: harbour })
        await Effect.runPromise(backend.rooms.markRead(bo.id, harbour, 3))
        await does(backend, ann, post(harbour, "hello"))
        return { ann, bo, harbour }
      })
      const refused = await asked(settings, ...run)
      expect(refused).toMatchObject({
        code: 1,
        err: expect.stringMatching(/like rooms here: "harbour".*--into-existing/),
      })
      expect(await asked(settings, ...run, "--into-existing", "--dry-run")).toMatchObject({ code: 0 })
      expect((await withRoomlog(settings, linesByRoom))["harbour"]).toHaveLength(1)

      const done = await asked(settings, ...run, "--into-existing")
      expect(done).toMatchObject({
        code: 0,
        out: expect.stringContaining('room Harbour: appended to the room "harbour" that is here'),
      })
      await withRoomlog(settings, async (backend) => {
        const lines = (await linesByRoom(backend))["harbour"]!
        expect(lines.map(({ text }) => text)).toEqual(["hello", "message 1", "message 2", "message 3"])
        const unread = async (who: Actor) =>
          (await Effect.runPromise(backend.rooms.list(who.id))).find((one) => one.room === harbour)?.unread
        expect(await unread(bo)).toBe(1)
        expect(await unread(ann)).toBe(0)
        // Whoever comes back with an old client is who they were; who signs in takes the name.
        const alice = await Effect.runPromise(backend.identity.speakAs("Alice"))
        expect(await unread(alice.actor)).toBe(0)
        await does(backend, alice.actor, post(harbour, "I am back"))
        expect(await unread(bo)).toBe(2)
        alice.leave()
        expect(await signIn(backend, "alice")).toMatchObject({ name: "alice" })
        await does(backend, ann, { _tag: "RenameRoom", room: harbour, name: "port" })
      })
      await places.write(old, { rooms: [], messages: [message(4)] })
      const again = await asked(settings, ...run)
      expect(again).toMatchObject({ code: 0, out: expect.stringMatching(/rooms +0 +1 +0\n/) })
      const { port, ...others } = await withRoomlog(settings, linesByRoom)
      expect(port!.at(-1)).toMatchObject({ name: "Alice", text: "message 4" })
      expect(others).toEqual({})
    }, 240_000)
  })
}

type TheBackend = Parameters<Parameters<typeof withRoomlog>[1]>[0]

const signIn = async ({ identity }: TheBackend, name: string): Promise<Actor> => {
  const { user } = await Effect.runPromise(identity.signIn(name))
  return { ...user, session: null }
}
const does = ({ commands }: TheBackend, by: Actor, command: Command) =>
  Effect.runPromise(commands.execute(by, crypto.randomUUID() as CommandId, command))
const post = (room: RoomId, text: string): Command => ({
  _tag: "PostMessage",
  room,
  message: crypto.randomUUID() as MessageId,
  text,
  images: [],
  replyTo: null,
})
