import { randomBytes } from "node:crypto"
import sharp, { type Sharp } from "sharp"
import { avif, box, gif, png, pngChunk, pngHead } from "./testImages.ts"

/** A file that somebody may send, by what it is. */
export type Corpus = Readonly<Record<string, () => Buffer | Promise<Buffer>>>

/** What no file that was made anew may have in it. */
export const secret = "GPS 47.37N 8.54E <script>alert(1)</script>"

/** A picture whose corners can be told apart: red, green, blue, and white at the lower right. */
export const corners = (width = 40, height = 20): Sharp => {
  const [w, h] = [width / 2, height / 2]
  const part = (background: string) => ({ create: { width: w, height: h, channels: 3 as const, background } })
  return sharp({ create: { width, height, channels: 3, background: "white" } }).composite([
    { input: part("#ff0000"), left: 0, top: 0 },
    { input: part("#00ff00"), left: w, top: 0 },
    { input: part("#0000ff"), left: 0, top: h },
  ])
}

const told = {
  IFD0: { Copyright: secret, Make: secret },
  IFD3: { GPSLatitude: "47/1 37/1 0/1", GPSAreaInformation: secret },
}
const xmp = `<x:xmpmeta xmlns:x="adobe:ns:meta/"><a>${secret}</a></x:xmpmeta>`
const tell = (image: Sharp): Sharp => image.withExif(told).withXmp(xmp)
const page = Buffer.from(`<html><script>alert(1)</script>${secret}</html>`)
const zip = Buffer.from("PK\x03\x04".repeat(20), "latin1")

/** As many frames as wanted of so many pixels, each in a colour of its own. */
const moving = (frames: number, width: number, height: number): Sharp => {
  const pixels = Buffer.alloc(width * height * frames * 3)
  for (let frame = 0; frame < frames; frame++)
    pixels.fill((frame * 53) & 255, frame * width * height * 3, (frame + 1) * width * height * 3)
  return sharp(pixels, { raw: { width, height: height * frames, channels: 3, pageHeight: height } })
}
const pace = (frames: number) => ({ loop: 3, delay: Array.from({ length: frames }, () => 70) })

/** A PNG that moves: its still picture, and two frames more. */
const apng = (): Buffer => {
  const still = png(6, 4)
  const control = Buffer.alloc(8)
  control.writeUInt32BE(2)
  const frame = (sequence: number): Buffer => {
    const bytes = Buffer.alloc(26)
    for (const [at, value] of [sequence, 6, 4].entries()) bytes.writeUInt32BE(value, at * 4)
    return bytes
  }
  return Buffer.concat([
    still.subarray(0, 33),
    pngChunk("acTL", control),
    pngChunk("fcTL", frame(0)),
    still.subarray(33, -12),
    pngChunk("fcTL", frame(1)),
    pngChunk("fdAT", Buffer.concat([Buffer.from([0, 0, 0, 2]), still.subarray(41, -16)])),
    still.subarray(-12),
  ])
}

const gifOf = (frames: number): Buffer => {
  const one = gif(1, 1)
  return Buffer.concat([
    one.subarray(0, 19),
    ...Array.from({ length: frames }, () => one.subarray(19, -1)),
    Buffer.from(";"),
  ])
}

const flat = (width: number, height: number): Sharp =>
  sharp({ create: { width, height, channels: 3, background: "#336699" }, limitInputPixels: false })

const svg = Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script></svg>`)

const avifOfManySizes = (): Buffer => {
  const sizes = Buffer.concat(Array.from({ length: 100_000 }, () => avif(1, 1).subarray(52, 72)))
  const described = box("meta", Buffer.concat([Buffer.alloc(4), box("iprp", box("ipco", sizes))]))
  return Buffer.concat([avif(1, 1).subarray(0, 24), described, box("mdat", Buffer.alloc(16))])
}

const words = (text: string): Buffer =>
  Buffer.concat(["tEXt", "iTXt", "zTXt", "eXIf"].map((name) => pngChunk(name, Buffer.from(text, "latin1"))))

const into = (bytes: Buffer, at: number, more: Buffer): Buffer =>
  Buffer.concat([bytes.subarray(0, at), more, bytes.subarray(at)])

/** Files that are taken, and what is special about them. */
export const taken: Corpus = {
  "a PNG of 1 x 1": () => png(1, 1),
  "a PNG, 1,000 x 500": () => png(1_000, 500),
  "a PNG of 16 bits, with alpha": () => flat(30, 20).ensureAlpha().toColourspace("rgb16").png().toBuffer(),
  "a PNG with a palette": () => corners().png({ palette: true }).toBuffer(),
  "an interlaced PNG": () => corners().png({ progressive: true }).toBuffer(),
  "an animated PNG": apng,
  "a PNG with texts, Exif and XMP": async () =>
    into(await tell(corners()).png().toBuffer(), 33, words(`Comment\0${secret}`)),
  "a PNG with a page behind its end": () => Buffer.concat([png(9, 9), page]),
  "a PNG with a zip behind its end": () => Buffer.concat([png(9, 9), zip]),
  "a PNG bomb of 40 megapixels": () => flat(8_000, 5_000).png().toBuffer(),
  "a PNG of 40,000 x 1,000": () => flat(40_000, 1_000).png().toBuffer(),
  "a PNG of 40,000 x 1": () => flat(40_000, 1).png().toBuffer(),
  "a JPEG": () => corners().jpeg().toBuffer(),
  "a JPEG called .png, with the type of a PNG": () => corners().jpeg().toBuffer(),
  "a JPEG with Exif, GPS and XMP": () => tell(corners()).jpeg().toBuffer(),
  "a progressive JPEG": () => corners(800, 400).jpeg({ progressive: true }).toBuffer(),
  "a CMYK JPEG": () => corners().toColourspace("cmyk").jpeg().toBuffer(),
  "a grey JPEG": () => corners().greyscale().jpeg().toBuffer(),
  "a JPEG with a Display P3 profile": () => corners().withIccProfile("p3").jpeg().toBuffer(),
  "a JPEG with a script behind its end": async () => Buffer.concat([await corners().jpeg().toBuffer(), page]),
  "a JPEG with another picture behind its end": async () =>
    Buffer.concat([await corners().jpeg().toBuffer(), await tell(corners()).jpeg().toBuffer()]),
  "a photo of 40 megapixels, taken sideways": () =>
    flat(8_000, 5_000).withMetadata({ orientation: 6 }).jpeg().toBuffer(),
  "a WebP": () => corners().webp().toBuffer(),
  "a WebP without loss, with alpha": () => corners().ensureAlpha(0.5).webp({ lossless: true }).toBuffer(),
  "a WebP with Exif and XMP": () => tell(corners()).webp().toBuffer(),
  "an animated WebP of 12 frames": () => moving(12, 32, 24).webp(pace(12)).toBuffer(),
  "a GIF": () => corners().gif().toBuffer(),
  "an animated GIF of 12 frames": () => moving(12, 32, 24).gif(pace(12)).toBuffer(),
  "an animated GIF of 100 frames, 700 x 100": () => moving(100, 700, 100).gif(pace(100)).toBuffer(),
  "a GIF that says 65,535 x 65,535 around one pixel": () => gif(65_535, 65_535),
  "a GIF with a script behind its end": async () => Buffer.concat([await corners().gif().toBuffer(), page]),
  "an AVIF": () => corners().avif().toBuffer(),
  "an AVIF with Exif": () => tell(corners()).avif().toBuffer(),
}

/** Files that are refused. */
export const refused: Corpus = {
  nothing: () => Buffer.alloc(0),
  "100 MB of zeros behind a PNG": () => Buffer.concat([png(1, 1), Buffer.alloc(100 * 1024 * 1024)]),
  "20 MB and a byte of noise": () => Buffer.concat([png(1, 1), randomBytes(20 * 1024 * 1024)]),
  "an SVG with a script": () => svg,
  "an SVG called .png": () => svg,
  "a page called .jpg": () => page,
  "a zip": () => zip,
  "a zip with the header of a PNG": () => Buffer.concat([pngHead(9, 9), zip]),
  "a page with the header of a GIF": () => Buffer.from("GIF89a/*<script>alert(1)</script>*/=1;"),
  "a PNG that ends early": () => png(9, 9).subarray(0, 50),
  "a PNG whose pixels end early": () => {
    const whole = png(300, 300, true)
    const at = whole.indexOf("IDAT") + 4
    return Buffer.concat([pngHead(300, 300), pngChunk("IDAT", whole.subarray(at, at + 9_000)), whole.subarray(-12)])
  },
  "a PNG without a width": () => Buffer.concat([pngHead(0, 5), png(1, 1).subarray(33)]),
  "a JPEG that ends early": async () => (await corners(400, 400).jpeg().toBuffer()).subarray(0, -200),
  "a JPEG of noise": () => Buffer.concat([Buffer.from("\xff\xd8\xff\xe0\0\x10", "latin1"), randomBytes(5_000)]),
  "a WebP that ends early": async () => (await corners().webp().toBuffer()).subarray(0, -20),
  "a GIF that ends early": async () => (await corners().gif().toBuffer()).subarray(0, -20),
  "an AVIF that ends early": async () => (await corners().avif().toBuffer()).subarray(0, -20),
  "an AVIF with a hundred thousand sizes": avifOfManySizes,
  "a PNG of 40,001 x 1,000": () => flat(40_001, 1_000).png().toBuffer(),
  "a PNG that says 2,147,483,647 x 2,147,483,647": () =>
    Buffer.concat([pngHead(0x7fffffff, 0x7fffffff), png(1, 1).subarray(33)]),
  "a GIF of 101 frames": () => gifOf(101),
  "a GIF of 10,000 frames": () => gifOf(10_000),
  "a GIF of 100 frames, 1,000 x 1,000": () => {
    const animation = gifOf(100)
    animation.writeUInt16LE(1_000, 6)
    animation.writeUInt16LE(1_000, 8)
    return animation
  },
  "an animated WebP of 101 frames": () => moving(101, 4, 4).webp(pace(101)).toBuffer(),
  "a WebP bomb of 40 megapixels": () => flat(8_000, 5_000).webp({ effort: 0 }).toBuffer(),
  "a GIF bomb of 40 megapixels": () => flat(8_000, 5_000).gif({ effort: 1 }).toBuffer(),
  "an interlaced PNG bomb of 40 megapixels": () => flat(8_000, 5_000).png({ progressive: true }).toBuffer(),
  "an AVIF of 12 megapixels": () => flat(4_000, 3_000).avif({ effort: 0 }).toBuffer(),
}
