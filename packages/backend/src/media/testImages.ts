import { randomBytes } from "node:crypto"
import { crc32, deflateSync } from "node:zlib"
import sharp from "sharp"

/** What an image shows, which stays what it was when a PNG is made anew. */
export const pixels = (bytes: Uint8Array): Promise<Buffer> => sharp(bytes).raw().toBuffer()

/** A PNG of one colour; with noise it cannot be compressed and has about three bytes a pixel. */
export const png = (width: number, height: number, noise = false): Buffer => {
  const row = () => Buffer.concat([Buffer.from([0]), noise ? randomBytes(width * 3) : Buffer.alloc(width * 3, 0x7f)])
  const pixels = deflateSync(Buffer.concat(Array.from({ length: height }, row)))
  return Buffer.concat([pngHead(width, height), pngChunk("IDAT", pixels), pngChunk("IEND", Buffer.alloc(0))])
}

/** What a PNG of any size starts with. */
export const pngHead = (width: number, height: number): Buffer => {
  const header = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 8, 2, 0, 0, 0])
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  return Buffer.concat([Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), pngChunk("IHDR", header)])
}

/** The smallest files that say their size as the others do; nothing in them can be decoded to a picture. */
export const jpeg = (width: number, height: number, orientation = 1): Buffer => {
  const tiff = Buffer.from("4d4d002a00000008" + "0001" + "011200030000000100000000" + "00000000", "hex")
  tiff.writeUInt16BE(orientation, 18)
  const frame = Buffer.from([8, 0, 0, 0, 0, 1, 1, 0x11, 0])
  frame.writeUInt16BE(height, 1)
  frame.writeUInt16BE(width, 3)
  return Buffer.concat([
    Buffer.from([0xff, 0xd8]),
    segment(0xe1, Buffer.concat([Buffer.from("Exif\0\0", "latin1"), tiff])),
    segment(0xdb, Buffer.alloc(65, 1)),
    segment(0xc0, frame),
    segment(0xda, Buffer.from([1, 1, 0, 0, 63, 0])),
    Buffer.from([1, 2, 3, 0xff, 0xd9]),
  ])
}

export const gif = (width: number, height: number): Buffer => {
  const bytes = Buffer.from("GIF89a\0\0\0\0\x80\0\0\xff\xff\xff\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;", "latin1")
  bytes.writeUInt16LE(width, 6)
  bytes.writeUInt16LE(height, 8)
  return bytes
}

export const webp = (width: number, height: number): Buffer => {
  const bytes = Buffer.concat([Buffer.from("RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0", "latin1"), Buffer.alloc(6)])
  bytes.writeUIntLE(width - 1, 24, 3)
  bytes.writeUIntLE(height - 1, 27, 3)
  return bytes
}

export const avif = (width: number, height: number): Buffer => {
  const size = Buffer.alloc(12)
  size.writeUInt32BE(width, 4)
  size.writeUInt32BE(height, 8)
  const described = box("iprp", box("ipco", box("ispe", size)))
  return Buffer.concat([
    box("ftyp", Buffer.from("avif\0\0\0\0avifmif1", "latin1")),
    box("meta", Buffer.concat([Buffer.alloc(4), described])),
    box("mdat", Buffer.alloc(16)),
  ])
}

/** A chunk of a PNG. */
export const pngChunk = (name: string, data: Buffer): Buffer => {
  const named = Buffer.concat([Buffer.from(name, "latin1"), data])
  return Buffer.concat([uint32(data.length), named, uint32(crc32(named))])
}

const segment = (marker: number, data: Buffer): Buffer =>
  Buffer.concat([Buffer.from([0xff, marker, (data.length + 2) >> 8, (data.length + 2) & 255]), data])

/** A box of an AVIF. */
export const box = (name: string, data: Buffer): Buffer =>
  Buffer.concat([uint32(data.length + 8), Buffer.from(name, "latin1"), data])

const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
