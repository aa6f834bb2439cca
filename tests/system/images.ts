import type { RoomState } from "@roomlog/client"
import { thumbPath } from "@roomlog/schemas/paths"
import { describe, expect, test } from "vitest"
import { until } from "../live.ts"
import type { Doors } from "./doors.ts"

/** Pictures: taken in by one node, shown by all. */
export const images = (doors: Doors) =>
  describe("images", () => {
    test("an image is uploaded for a room, shown by a message, and served by every node", async () => {
      const ada = await doors.signedIn("Ada 9", { url: doors.node(0) })
      const bob = await doors.signedIn("Bob 9", { url: doors.node(1) })
      const { room } = await ada.rooms.enter("gallery")
      await bob.rooms.enter("gallery")
      const [hers, his] = [ada.open(room), bob.open(room)]
      await Promise.all([hers.ready, his.ready])
      const upload = ada.upload(room, new File([dot], "dot.png", { type: "image/png" }))
      const stored = await upload.done
      expect(upload.progress.get()).toBe(100)
      expect(stored).toMatchObject({
        type: "image/png",
        width: 1,
        height: 1,
        placeholder: expect.stringMatching(/^data:image\/webp;/),
      })
      await hers.post({ text: "", images: [{ ...stored, alt: "a dot" }] })
      const showsDot = ({ items }: RoomState) =>
        items.some((item) => item._tag === "Message" && item.images[0]?.alt === "a dot")
      await until(his.state, showsDot)
      for (const url of doors.nodes) {
        const served = await fetch(`${url}/media/chat_images/${stored.key}`)
        expect([served.status, (await served.arrayBuffer()).byteLength]).toEqual([200, stored.bytes])
        const thumb = await fetch(url + thumbPath(stored.key))
        expect([thumb.status, thumb.headers.get("content-type")]).toEqual([200, "image/png"])
      }
    })

    test("an image of a private room is served to its members only, on every node", async () => {
      const ada = await doors.session("Ada")
      const room = await doors.room(ada.token, { visibility: "private" })
      const client = doors.client({ token: ada.token, url: doors.node(1) })
      await client.resume()
      const { key } = await client.upload(room, new File([dot], "dot.png", { type: "image/png" })).done
      const stranger = await doors.session("Eve")
      for (const url of doors.nodes) {
        const asked = async (token: string) =>
          (await fetch(`${url}/media/chat_images/${key}`, { headers: { authorization: `Bearer ${token}` } })).status
        expect([await asked(ada.token), await asked(stranger.token)]).toEqual([200, 404])
      }
    })

    test("what is no image is refused, and an upload can be called off", async () => {
      const ada = await doors.signedIn("Ada 10")
      const { room } = await ada.rooms.enter("gallery 10")
      const lie = new File(["<html>"], "dot.png", { type: "image/png" })
      await expect(ada.upload(room, lie).done).rejects.toThrow()
      const cancelled = ada.upload(room, new File([dot], "dot.png", { type: "image/png" }))
      cancelled.cancel()
      await expect(cancelled.done).rejects.toThrow("cancelled")
    })
  })

/** One pixel. */
const dot = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
)
