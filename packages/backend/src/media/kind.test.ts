import { limits } from "@roomlog/schemas/limits"
import { describe, expect, test } from "vitest"
import { kindOf, type Refusal } from "./kind.ts"
import { avif, gif, jpeg, png, pngHead, webp } from "./testImages.ts"

const refusal = (bytes: Uint8Array) => (kindOf(bytes) as Refusal).refused
const isTaken = (bytes: Uint8Array) => !("refused" in kindOf(bytes))

describe("an image is what its bytes say", () => {
  test.each([
    ["image/png", "png", png(3, 2)],
    ["image/jpeg", "jpg", jpeg(3, 2)],
    ["image/gif", "gif", gif(3, 2)],
    ["image/webp", "webp", webp(3, 2)],
    ["image/avif", "avif", avif(3, 2)],
  ] as const)("%s", (type, ext, bytes) => {
    expect(kindOf(bytes)).toEqual({ type, ext, frames: 1 })
  })

  test("a view into a larger buffer is read in its own bounds", () => {
    const image = png(3, 2)
    const around = Buffer.concat([Buffer.alloc(7, 0xff), image, Buffer.alloc(9)])
    expect(isTaken(around.subarray(7, 7 + image.length))).toBe(true)
  })
})

describe("refused", () => {
  test.each([
    ["an SVG", '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"><script>alert(1)</script></svg>'],
    ["an SVG after an XML declaration", '<?xml version="1.0"?><svg width="1" height="1"/>'],
    ["a page", "<!doctype html><script>alert(1)</script>"],
    ["a zip", "PK\x03\x04\x14\0\0\0"],
    ["a program", "\x7fELF\x02\x01\x01"],
    ["a TIFF", "II*\0\x08\0\0\0"],
    ["a bitmap", "BM\x46\0\0\0\0\0\0\0\x36\0\0\0"],
    ["an HEIC", "\0\0\0\x18ftypheic\0\0\0\0heicmif1"],
    ["text", "just text"],
  ])("%s, whatever it is called", (_, text) => {
    expect(refusal(Buffer.from(text, "latin1"))).toBe("Only PNG, JPEG, WebP, GIF and AVIF images can be sent.")
  })

  test.each([
    [
      "a zip behind a PNG's first bytes",
      Buffer.concat([png(1, 1).subarray(0, 8), Buffer.from("PK\x03\x04".repeat(20))]),
    ],
    ["a zip behind a PNG's header", Buffer.concat([pngHead(1, 1), Buffer.from("PK\x03\x04".repeat(20))])],
    ["a page behind a GIF's first bytes", Buffer.from("GIF89a/*<script>alert(1)</script>*/=1;")],
    ["a page behind a JPEG's first bytes", Buffer.from("\xff\xd8\xff<script>alert(1)</script>", "latin1")],
    ["the box of an iPhone app's PNG", Buffer.from("\x89PNG\r\n\x1a\n\0\0\0\x04CgBI0000", "latin1")],
    ["a GIF without a picture", Buffer.from("GIF89a\x01\0\x01\0\0\0\0;", "latin1")],
  ])("%s", (_, bytes) => {
    expect(refusal(bytes)).toBe("This image is damaged or not complete.")
  })

  test.each([
    ["PNG", png(9, 9)],
    ["JPEG", jpeg(9, 9)],
    ["GIF", gif(9, 9)],
    ["WebP", webp(9, 9)],
    ["AVIF", avif(9, 9)],
  ])("a %s that ends early, wherever it ends", (_, bytes) => {
    for (let length = 0; length < bytes.length; length++)
      expect(isTaken(bytes.subarray(0, length)), `${length} bytes`).toBe(false)
  })

  test("a file with nothing in it", () => expect(refusal(new Uint8Array())).toBe("This file is empty."))

  test("one byte more than an image may have", () => {
    const largest = Buffer.concat([png(1, 1), Buffer.alloc(limits.imageBytes)]).subarray(0, limits.imageBytes)
    expect(isTaken(largest)).toBe(true)
    expect(refusal(Buffer.concat([largest, Buffer.alloc(1)]))).toBe("An image may have at most 20 MB.")
  })

  test("more frames than an animation may have, and not one fewer", () => {
    const frame = gif(1, 1).subarray(19, -1)
    const animation = (frames: number) =>
      Buffer.concat([gif(1, 1).subarray(0, 19), ...Array.from({ length: frames }, () => frame), Buffer.from(";")])
    expect(kindOf(animation(limits.imageFrames))).toMatchObject({ frames: limits.imageFrames })
    expect(refusal(animation(limits.imageFrames + 1))).toBe("An animation may have at most 100 frames.")
    expect(refusal(animation(10_000))).toBe("An animation may have at most 100 frames.")
  })
})

describe("a hostile file is judged without long thought", () => {
  const size = limits.imageBytes
  test.each([
    [
      "a JPEG without a frame",
      Buffer.concat([Buffer.from("\xff\xd8\xff\xda\0\x02", "latin1"), Buffer.alloc(size - 6)]),
    ],
    ["a JPEG of fill bytes", Buffer.concat([Buffer.from([0xff, 0xd8]), Buffer.alloc(size - 2, 0xff)])],
    ["a PNG of empty chunks", Buffer.concat([pngHead(1, 1), Buffer.alloc(size - 33)])],
    [
      "a GIF of empty extensions",
      Buffer.concat([gif(1, 1).subarray(0, 19), Buffer.from("!\xfe\0".repeat(size / 4), "latin1")]),
    ],
  ])("%s", (_, bytes) => {
    expect(refusal(bytes)).toBe("This image is damaged or not complete.")
  })
})
