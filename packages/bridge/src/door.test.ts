import { crc32 } from "node:zlib"
import { startRoomlog } from "@roomlog/testing"
import { afterAll, beforeAll, expect, test } from "vitest"
import { OldClient } from "./oldClient.ts"

let roomlog: Awaited<ReturnType<typeof startRoomlog>>
beforeAll(async () => {
  roomlog = await startRoomlog()
}, 60_000)
afterAll(() => roomlog[Symbol.asyncDispose]())

const chunk = (name: string, data: Buffer): Buffer => {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(data.length)
  const named = Buffer.concat([Buffer.from(name), data])
  const sum = Buffer.alloc(4)
  sum.writeUInt32BE(crc32(named))
  return Buffer.concat([length, named, sum])
}

/** A PNG of one pixel, with a comment of so many bytes. */
const png = (comment: number): Buffer =>
  Buffer.concat([
    Buffer.from("89504e470d0a1a0a", "hex"),
    chunk("IHDR", Buffer.from("00000001000000010806000000", "hex")),
    chunk("tEXt", Buffer.concat([Buffer.from("Comment\0"), Buffer.alloc(comment, "x")])),
    chunk("IDAT", Buffer.from("789c63000100000500010d0a2db4", "hex")),
    chunk("IEND", Buffer.alloc(0)),
  ])

test("through the real door an image of a megabyte is kept, told and served with its own type", async () => {
  const ann = new OldClient(roomlog.url, {})
  expect(await ann.join("Ann", "door")).toBe(true)
  const bytes = png(1024 * 1024)
  // The declared type is a lie that nobody believes.
  const image = `data:image/jpeg;base64,${bytes.toString("base64")}`
  expect(await ann.send({ image, content_type: "image" })).toBe(true)
  const heard = await ann.hears("/media/chat_images/")
  expect(heard.image).toMatch(/\.png$/)
  const served = await fetch(`${roomlog.url}${heard.image}`)
  expect(served.headers.get("content-type")).toBe("image/png")
  expect(
    Buffer.from(await served.arrayBuffer())
      .subarray(1, 4)
      .toString(),
  ).toBe("PNG")
  ann.socket.close()
})

test("bytes that are no image are refused in words", async () => {
  const ben = new OldClient(roomlog.url, {})
  await ben.join("Ben", "door")
  const svg = Buffer.from("<svg xmlns='http://www.w3.org/2000/svg'/>").toString("base64")
  expect(await ben.send({ image: `data:image/png;base64,${svg}`, content_type: "image" })).toBe(false)
  await ben.hears("image: ")
  ben.socket.close()
})
