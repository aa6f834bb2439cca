import type { ImageType } from "@roomlog/schemas"

/**
 * Whether a file's own structure reaches its end, so that nothing is cut off and no parser is led astray by it.
 * Linear in the file. The bytes must start with the type's magic.
 */
export const isWhole = (type: ImageType, bytes: Buffer): boolean => walks[type](bytes)

/** Chunks from IHDR to IEND (PNG specification, 5.3). */
const png = (bytes: Buffer): boolean => {
  for (let at = 8; at + 12 <= bytes.length; at += 12 + bytes.readUInt32BE(at)) {
    const name = bytes.toString("latin1", at + 4, at + 8)
    if (at === 8 && (name !== "IHDR" || bytes.readUInt32BE(at) !== 13)) return false
    if (name === "IEND") return true
  }
  return false
}

/** Markers up to the end, a frame before the first scan (ITU T.81, B.1). What stands behind the end, as other pictures do, is not looked at. */
const jpeg = (bytes: Buffer): boolean => {
  let hasFrame = false
  for (let at = 2; at + 2 <= bytes.length; ) {
    const marker = bytes[at + 1]!
    if (bytes[at] !== 0xff || marker < 0xc0 || marker === 0xff) return false
    if (marker === 0xd9) return hasFrame
    if (marker === 0xda && !hasFrame) return false
    hasFrame ||= marker <= 0xc2
    if (at + 4 > bytes.length) return false
    at += 2 + bytes.readUInt16BE(at + 2)
    if (marker === 0xda) at = afterScan(bytes, at)
  }
  return false
}

/** The next marker that is none of a scan's own: stuffing, fill bytes and restarts. */
const afterScan = (bytes: Buffer, start: number): number => {
  let at = bytes.indexOf(0xff, start)
  while (at >= 0 && isInScan(bytes[at + 1])) at = bytes.indexOf(0xff, at + 1)
  return at < 0 ? bytes.length : at
}

const isInScan = (marker = 0): boolean => marker === 0 || marker === 0xff || (marker >= 0xd0 && marker <= 0xd7)

/** Blocks up to the trailer (GIF89a, 20-27). */
const gif = (bytes: Buffer): boolean => {
  let at = 13 + colourTable(bytes[10])
  while (bytes[at] === 0x21 || bytes[at] === 0x2c) {
    at = bytes[at] === 0x21 ? afterBlocks(bytes, at + 2) : afterBlocks(bytes, at + 11 + colourTable(bytes[at + 9]))
  }
  return bytes[at] === 0x3b
}

/** Bytes of the colour table that a GIF's flags announce. */
export const colourTable = (packed = 0): number => (packed & 0x80 ? 3 << ((packed & 7) + 1) : 0)

/** Behind a chain of a GIF's data blocks. */
export const afterBlocks = (bytes: Buffer, start: number): number => {
  let at = start
  while (bytes[at]) at += 1 + bytes[at]!
  return at + 1
}

/** The length that the RIFF header names. */
const webp = (bytes: Buffer): boolean => bytes.length >= 30 && bytes.readUInt32LE(4) + 8 <= bytes.length

/** Boxes that end where the file ends, among them the image and what describes it (ISO 14496-12, 4.2). */
const avif = (bytes: Buffer): boolean => {
  let at = 0
  const names = new Set<string>()
  while (at + 16 <= bytes.length) {
    const size = boxSize(bytes, at)
    if (size < 8) return false
    names.add(bytes.toString("latin1", at + 4, at + 8))
    at += size
  }
  return at === bytes.length && names.has("meta") && names.has("mdat")
}

const boxSize = (bytes: Buffer, at: number): number => {
  const size = bytes.readUInt32BE(at)
  if (size === 0) return bytes.length - at
  return size === 1 ? Number(bytes.readBigUInt64BE(at + 8)) : size
}

const walks: Record<ImageType, (bytes: Buffer) => boolean> = {
  "image/png": png,
  "image/jpeg": jpeg,
  "image/gif": gif,
  "image/webp": webp,
  "image/avif": avif,
}
