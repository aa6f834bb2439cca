import { readdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { StoredImage } from "@roomlog/schemas"
import { limits } from "@roomlog/schemas/limits"
import { type Effect, Exit, Schema, Scope } from "effect"
import sharp from "sharp"
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest"
import { run } from "../edge.ts"
import { Rejected } from "../rejected.ts"
import { corners, refused, secret, taken } from "./corpus.ts"
import { alice, lobby, openMedia } from "./testHouse.ts"

vi.setConfig({ testTimeout: 60_000 })

const scope = Scope.makeUnsafe()
const table: Array<string> = []
let house: Effect.Success<ReturnType<typeof openMedia>>

beforeAll(async () => {
  house = await run(openMedia().pipe(Scope.provide(scope)))
}, 30_000)
afterAll(() => run(Scope.close(scope, Exit.void)))

const sent = async (bytes: Buffer) => {
  const path = join(house.media.incoming, "sent.part")
  await writeFile(path, bytes)
  return run(house.media.keep({ room: lobby, owner: { id: alice }, path }))
}

const shown = async (image: StoredImage) => readFile((await run(house.media.open(image.key, alice)))!.path)
const thumbOf = async ({ key }: StoredImage) =>
  readFile((await run(house.media.openThumb(key.replace(/\w+$/, "webp"), alice)))!.path)

/** What an image became, in words. */
const described = async (image: StoredImage): Promise<string> => {
  const [full, thumb] = [await shown(image), await thumbOf(image)]
  const { pages = 1 } = await sharp(full).metadata()
  const small = await sharp(thumb).metadata()
  const kind = `${image.type.slice("image/".length).toUpperCase()}, ${image.width} x ${image.height}`
  const stays = full.equals(thumb) ? "the image itself" : `${small.width} x ${small.height}`
  return `${kind}${pages > 1 ? `, ${pages} frames` : ""}; thumbnail: ${stays}`
}

describe("what is taken is made anew", () => {
  test.each(Object.entries(taken))("%s", async (name, make) => {
    const image = await sent(await make())
    expect(Schema.is(StoredImage)(image)).toBe(true)
    const full = await shown(image)
    const told = await sharp(full, { animated: true }).metadata()
    expect([told.width, told.pageHeight ?? told.height, full.length]).toEqual([image.width, image.height, image.bytes])
    for (const rest of ["GPS", "alert(1)", "<html", "PK\x03\x04", "xmpmeta", "Exif", "Copyright", secret])
      expect(full.includes(rest, 0, "latin1"), rest).toBe(false)
    expect(told).not.toMatchObject({ exif: expect.anything() })
    expect([told.icc, told.xmp, told.iptc, told.orientation, told.space]).toEqual([
      ...Array.from({ length: 4 }, () => undefined),
      told.space === "b-w" ? "b-w" : "srgb",
    ])
    const small = await sharp(await thumbOf(image)).metadata()
    expect(Math.max(small.width, small.height)).toBeLessThanOrEqual(limits.thumbSide)
    const tiny = Buffer.from(image.placeholder!.split(",")[1]!, "base64")
    const { format, width, height } = await sharp(tiny).metadata()
    expect([format, Math.max(width, height) <= 24]).toEqual(["webp", true])
    table.push(`| ${name} | ${await described(image)} |`)
  })
})

describe("what is refused says why, and leaves nothing behind", () => {
  test.each(Object.entries(refused))("%s", async (name, make) => {
    const files = async () => [
      await readdir(join(house.dir, "chat_images")),
      await readdir(join(house.dir, "thumbs")),
      await readdir(house.media.incoming),
    ]
    const before = await files()
    const no: unknown = await sent(await make()).catch((cause: unknown) => cause)
    const rejection = no instanceof Rejected ? no.rejection : undefined
    expect(rejection).toMatchObject({
      _tag: "InvalidInput",
      field: "image",
      reason: expect.stringMatching(/^[A-Z].*\.$/),
    })
    expect(await files()).toEqual(before)
    table.push(`| ${name} | refused: ${rejection?._tag === "InvalidInput" ? rejection.reason : ""} |`)
  })
})

test("docs/images.md has this table", async () => {
  const path = join(import.meta.dirname, "../../../../docs/images.md")
  const text = await readFile(path, "utf8")
  const made = `| what was sent | what it became |\n| --- | --- |\n${table.join("\n")}\n`
  const written = text.replace(/\| what was sent (.*\n\|)*.*\n/, made)
  if (process.env["WRITE_DOCS"]) await writeFile(path, written)
  expect(written).toBe(process.env["WRITE_DOCS"] ? written : text)
})

/** What Exif's orientations make of red, green, blue, white: read from the upper left, row by row. */
const turned: ReadonlyArray<readonly [orientation: number, corners: string]> = [
  [1, "RGBW"],
  [2, "GRWB"],
  [3, "WBGR"],
  [4, "BWRG"],
  [5, "RBGW"],
  [6, "BRWG"],
  [7, "WGBR"],
  [8, "GWRB"],
]

describe("a picture is the right way up", () => {
  for (const kind of ["jpeg", "webp", "png"] as const)
    test.each(turned)(`${kind}, orientation %i`, async (orientation, wanted) => {
      const image = await sent(await corners(80, 40).withMetadata({ orientation }).toFormat(kind).toBuffer())
      expect([image.width, image.height]).toEqual(orientation < 5 ? [80, 40] : [40, 80])
      const full = await shown(image)
      expect((await sharp(full).metadata()).orientation).toBeUndefined()
      expect(await cornersOf(full)).toBe(wanted)
      expect(await cornersOf(await thumbOf(image))).toBe(wanted)
      expect(await cornersOf(Buffer.from(image.placeholder!.split(",")[1]!, "base64"))).toBe(wanted)
    })
})

const cornersOf = async (bytes: Buffer): Promise<string> => {
  const { data, info } = await sharp(bytes).removeAlpha().raw().toBuffer({ resolveWithObject: true })
  const at = (x: number, y: number): string => {
    const [red, green, blue] = data.subarray((y * info.width + x) * info.channels)
    return red! > 128 ? (green! > 128 ? "W" : "R") : green! > blue! ? "G" : "B"
  }
  const [right, bottom] = [info.width - 2, info.height - 2]
  return [at(1, 1), at(right, 1), at(1, bottom), at(right, bottom)].join("")
}

test("an animation keeps its pace, and stands still in its thumbnail", async () => {
  for (const name of ["an animated GIF of 12 frames", "an animated WebP of 12 frames"]) {
    const image = await sent(await taken[name]!())
    const { pages, delay, loop } = await sharp(await shown(image)).metadata()
    expect([pages, delay?.[0], loop]).toEqual([12, 70, 3])
    expect((await sharp(await thumbOf(image)).metadata()).pages ?? 1).toBe(1)
  }
})

test("an animated PNG becomes the still picture that it starts with", async () => {
  const full = await shown(await sent(await taken["an animated PNG"]!()))
  expect(full.includes("acTL")).toBe(false)
  expect(await sharp(full).stats()).toMatchObject({ channels: [{ mean: 127 }, { mean: 127 }, { mean: 127 }] })
})
