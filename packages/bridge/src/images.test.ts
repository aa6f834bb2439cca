import { afterAll, beforeAll, expect, test } from "vitest"
import { startBridge, type TestBridge } from "./oldClient.ts"

let bridge: TestBridge
beforeAll(async () => {
  bridge = await startBridge()
}, 60_000)
afterAll(() => bridge[Symbol.asyncDispose]())

const mib = 1024 * 1024
const dataUrl = (bytes: Uint8Array): string => `data:image/png;base64,${Buffer.from(bytes).toString("base64")}`

test("an image of a megabyte arrives, and is told as a path", async () => {
  const fay = bridge.client()
  const gus = bridge.client()
  await fay.join("Fay", "images")
  await gus.join("Gus", "images")
  const bytes = crypto
    .getRandomValues(new Uint8Array(mib / 16))
    .toString()
    .repeat(4)
    .slice(0, mib)
  const image = Buffer.from(bytes)
  expect(await fay.send({ image: dataUrl(image), content_type: "image" })).toBe(true)
  const heard = await gus.hears("/media/chat_images/")
  expect(heard).toMatchObject({ username: "Fay", message: "", content_type: "image" })
  expect(heard.image).toMatch(/^\/media\/chat_images\/img_\d+_[0-9a-f]+\.png$/)
  expect(Buffer.from(bridge.images.at(-1)!).equals(image)).toBe(true)
})

test("an image over eight MiB is refused in words, and the connection goes on", async () => {
  const hal = bridge.client()
  await hal.join("Hal", "large")
  for (const size of [8 * mib + 1, 15 * mib])
    expect(await hal.send({ image: dataUrl(Buffer.alloc(size)), content_type: "image" })).toBe(false)
  expect(await hal.hears("8 MiB")).toMatchObject({ username: "System", content_type: "text", image: null })
  expect(await hal.send({ image: dataUrl(Buffer.alloc(8 * mib)), content_type: "image" })).toBe(true)
}, 60_000)

test.each([
  ["data:image/png;base64,@@@@"],
  ["data:image/png;base64,AAA"],
  ["data:text/html;base64,AAAA"],
  ["data:image/png,AAAA"],
  ["/media/chat_images/img_1735212345_ab12.png"],
])("%s is no image", async (image) => {
  const ida = bridge.client()
  await ida.join("Ida", "no-images")
  const before = bridge.images.length
  expect(await ida.send({ image, content_type: "image" })).toBe(false)
  await ida.hears("image: must be")
  expect(bridge.images).toHaveLength(before)
})
