import { crc32 } from "node:zlib"
import { Result } from "effect"
import { expect, test } from "vitest"
import { kindOf } from "./kind.ts"
import { avif, gif, jpeg, png, webp } from "./testImages.ts"
import { withoutTraces } from "./traces.ts"

const secret = "GPS 47.37N 8.54E"

const pngChunk = (name: string, text: string): Buffer => {
  const named = Buffer.from(name + text, "latin1")
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(text.length)
  check.writeUInt32BE(crc32(named))
  return Buffer.concat([length, named, check])
}

const jpegSegment = (marker: number, text: string): Buffer =>
  Buffer.concat([Buffer.from([0xff, marker, 0, text.length + 2]), Buffer.from(text, "latin1")])

const into = (bytes: Buffer, at: number, ...more: ReadonlyArray<Buffer>): Buffer =>
  Buffer.concat([bytes.subarray(0, at), ...more, bytes.subarray(at)])

test("a PNG keeps its picture and its colours, and loses its words and what hangs behind it", () => {
  const plain = png(3, 2)
  const colours = pngChunk("gAMA", "\0\0\xb1\x8f")
  const told = ["eXIf", "tEXt", "zTXt", "iTXt", "tIME"].map((name) => pngChunk(name, secret))
  const clean = withoutTraces("image/png", Buffer.concat([into(plain, 33, ...told, colours), Buffer.from(secret)]))
  expect(clean).toEqual(into(plain, 33, colours))
})

test("a JPEG keeps its colours, loses what its camera and programs wrote, and the pictures behind it", () => {
  const plain = jpeg(3, 2)
  const bare = Buffer.concat([plain.subarray(0, 2), plain.subarray(2 + 2 + plain.readUInt16BE(4))])
  const shown = [
    jpegSegment(0xe0, "JFIF\0\x01\x01"),
    jpegSegment(0xe2, "ICC_PROFILE\0p3"),
    jpegSegment(0xee, "Adobe\0d"),
  ]
  const told = [0xe0, 0xe1, 0xe2, 0xec, 0xed, 0xee, 0xfe].map((marker) => jpegSegment(marker, `MPF\0${secret}`))
  const behind = into(plain, 2, jpegSegment(0xe1, secret))
  const clean = withoutTraces("image/jpeg", Buffer.concat([into(plain, 2, ...shown, ...told), behind]))
  expect(clean).toEqual(into(bare, 2, ...shown))
})

test("a JPEG with several scans keeps all of them", () => {
  const plain = jpeg(3, 2)
  const end = plain.length - 2
  const tables = jpegSegment(0xc4, "\xff\xd9 stands in a table")
  const scan = Buffer.concat([jpegSegment(0xda, "\x01\x01\0\0\x3f\0"), Buffer.from([7, 0xff, 0, 0xff, 0xd3, 8])])
  const clean = withoutTraces("image/jpeg", into(plain, end, tables, scan))
  expect(clean.subarray(-(tables.length + scan.length + 2))).toEqual(into(plain, end, tables, scan).subarray(end))
})

test.each([2, 3, 6, 8])("a JPEG that is turned (%i) stays the way up it was", (orientation) => {
  const clean = withoutTraces("image/jpeg", into(jpeg(40, 30, orientation), 2, jpegSegment(0xed, secret)))
  expect(clean.toString("latin1")).not.toContain(secret)
  expect(kindOf(clean)).toEqual(kindOf(jpeg(40, 30, orientation)))
})

test("a WebP loses its Exif and XMP, and says so in its header", () => {
  const plain = webp(3, 2)
  const chunk = (name: string) => Buffer.from(`${name}\x10\0\0\0${secret}`, "latin1")
  const told = Buffer.concat([plain, chunk("EXIF"), chunk("XMP ")])
  told.writeUInt32LE(told.length - 8, 4)
  told[20] = 0b0001_1100
  const clean = withoutTraces("image/webp", Buffer.concat([told, Buffer.from(secret)]))
  plain[20] = 0b0001_0000
  expect(clean).toEqual(plain)
})

test("whatever is cleaned is still what it was, and clean", () => {
  for (const bytes of [png(3, 2), jpeg(3, 2), jpeg(3, 2, 6), gif(3, 2), webp(3, 2), avif(3, 2)]) {
    const kind = Result.getOrThrow(kindOf(bytes))
    const clean = withoutTraces(kind.type, bytes)
    expect(Result.getOrThrow(kindOf(clean))).toEqual(kind)
    expect(withoutTraces(kind.type, clean)).toEqual(clean)
  }
})

test("a million small pieces do not need a million objects", () => {
  const chunk = pngChunk("tEXt", "")
  const many = into(png(1, 1), 33, Buffer.concat(Array.from({ length: 1_000_000 }, () => chunk)))
  expect(withoutTraces("image/png", many)).toEqual(png(1, 1))
})
