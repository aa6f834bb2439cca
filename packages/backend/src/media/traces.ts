import type { ImageType } from "@roomlog/schemas"
import { imageSize } from "image-size"
import { endOfJpeg } from "./whole.ts"

/**
 * An image without what it tells of its maker: place, time, device, words, and whatever is hung on behind it.
 * What is shown stays as it is, also the colours and which way is up. Takes whole files; leaves AVIF and GIF alone.
 */
export const withoutTraces = (type: ImageType, bytes: Buffer): Buffer => {
  if (type === "image/png") return png(bytes)
  if (type === "image/jpeg") return jpeg(bytes)
  return type === "image/webp" ? webp(bytes) : bytes
}

const pngTraces = ["eXIf", "tEXt", "zTXt", "iTXt", "tIME"]

const png = (bytes: Buffer): Buffer => {
  const copy = copier(bytes)
  copy.keep(0, 8)
  for (let at = 8, name = ""; name !== "IEND"; ) {
    const end = at + 12 + bytes.readUInt32BE(at)
    name = bytes.toString("latin1", at + 4, at + 8)
    if (!pngTraces.includes(name)) copy.keep(at, end)
    at = end
  }
  return copy.kept()
}

/** Application segments that change what is shown: JFIF, colour profiles, Adobe's colour transform. */
const shown: Record<number, string> = { 224: "JFIF", 226: "ICC_PROFILE", 238: "Adobe" }

const jpeg = (bytes: Buffer): Buffer => {
  const { orientation = 1 } = imageSize(bytes)
  const copy = copier(bytes)
  let at = 2
  while (bytes[at + 1] !== 0xda) {
    const marker = bytes[at + 1]!
    const end = at + 2 + bytes.readUInt16BE(at + 2)
    const isTold = marker === 0xfe || (marker >= 0xe0 && marker <= 0xef)
    const name = shown[marker]
    if (!isTold || (name && bytes.toString("latin1", at + 4, at + 4 + name.length) === name)) copy.keep(at, end)
    at = end
  }
  copy.keep(at, endOfJpeg(bytes) ?? bytes.length)
  return Buffer.concat([bytes.subarray(0, 2), ...(orientation > 1 ? [wayUp(orientation)] : []), copy.kept()])
}

/** An Exif segment that says nothing but which way is up. */
const wayUp = (orientation: number): Buffer => {
  const segment = Buffer.from(
    "ffe10022457869660000" + "4d4d002a000000080001" + "011200030000000100000000" + "00000000",
    "hex",
  )
  segment.writeUInt16BE(orientation, 28)
  return segment
}

const webp = (bytes: Buffer): Buffer => {
  const copy = copier(bytes)
  const end = bytes.readUInt32LE(4) + 8
  copy.keep(0, 12)
  for (let at = 12, next = at; at + 8 <= end; at = next) {
    const size = bytes.readUInt32LE(at + 4)
    next = Math.min(at + 8 + size + (size % 2), end)
    if (!["EXIF", "XMP "].includes(bytes.toString("latin1", at, at + 4))) copy.keep(at, next)
  }
  const clean = copy.kept()
  clean.writeUInt32LE(clean.length - 8, 4)
  if (clean.toString("latin1", 12, 16) === "VP8X") clean.writeUInt8(clean.readUInt8(20) & ~0b1100, 20)
  return clean
}

/** Copies pieces one behind the other, without an object for each of what may be a million. */
const copier = (bytes: Buffer) => {
  const copy = Buffer.alloc(bytes.length)
  let length = 0
  return {
    keep: (start: number, end: number): void => {
      length += bytes.copy(copy, length, start, end)
    },
    kept: (): Buffer => copy.subarray(0, length),
  }
}
