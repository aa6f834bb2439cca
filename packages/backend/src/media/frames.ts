import type { ImageType } from "@roomlog/schemas"
import { afterBlocks, colourTable } from "./whole.ts"

/** How many pictures a whole file shows one after the other. An animated PNG counts as the one that it starts with. */
export const framesOf = (type: ImageType, bytes: Buffer): number => {
  if (type === "image/gif") return gif(bytes)
  return type === "image/webp" ? webp(bytes) : 1
}

const gif = (bytes: Buffer): number => {
  let frames = 0
  let at = 13 + colourTable(bytes[10])
  while (bytes[at] === 0x21 || bytes[at] === 0x2c) {
    const isFrame = bytes[at] === 0x2c
    if (isFrame) frames += 1
    at = afterBlocks(bytes, isFrame ? at + 11 + colourTable(bytes[at + 9]) : at + 2)
  }
  return frames
}

/** ANMF chunks of an animation (WebP container specification). */
const webp = (bytes: Buffer): number => {
  let frames = 0
  const end = bytes.readUInt32LE(4) + 8
  for (let at = 12; at + 8 <= end; at += 8 + even(bytes.readUInt32LE(at + 4)))
    if (bytes.toString("latin1", at, at + 4) === "ANMF") frames += 1
  return Math.max(1, frames)
}

const even = (size: number): number => size + (size % 2)
