// Takes the README's pictures from the running product: `npm run screenshots`.
import { mkdir, readFile } from "node:fs/promises"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { deflateSync } from "node:zlib"
import type { OpenRoom, Roomlog } from "@roomlog/client"
import type { Image, MessageId, RoomId } from "@roomlog/schemas"
import { startRoomlog } from "@roomlog/testing"
import type { BrowserContext, Page } from "playwright-core"
import { launchBrowser } from "../tests/browser.ts"

const pictures = join(import.meta.dirname, "../docs/pictures")
const morning = new Date("2026-11-20T09:12:00").getTime()
const minute = 60_000

await mkdir(pictures, { recursive: true })
await using roomlog = await startRoomlog({ seed: 20, clock: morning })
const browser = await launchBrowser()
try {
  const { reader, say } = await tellTheStory()
  await takePictures(say, reader)
} finally {
  await browser.close()
}

/** People, rooms and a morning's conversation. */
async function tellTheStory() {
  const ines = await roomlog.signedIn("Ines Okafor")
  const tomas = await roomlog.signedIn("Tomás Reyes")
  const bram = await roomlog.signedIn("Bram Lund")
  const others = ["kitchen-sink", "design", "incidents", "launch-week"]
  const harbour = await enter(ines, "harbour")
  await ines.rooms.setTopic(harbour.room, "Berths, tides and who is bringing the ladder")
  for (const name of others) await enter(bram, name)
  const toms = await enter(tomas, "harbour")
  const brams = await enter(bram, "harbour")

  const photos = [await upload(ines, harbour.room, [142, 197, 192]), await upload(ines, harbour.room, [242, 197, 138])]
  const first = await post(harbour, {
    text: "Surveyor was here at eight. Two photos from the east quay, the crack under bollard 7 is longer than in May.",
    images: photos,
  })
  await toms.toggleReaction(first, "👀")
  await brams.toggleReaction(first, "👀")
  await toms.toggleReaction(first, "📏")
  roomlog.setClock(morning + minute)
  await post(harbour, { text: "Tide gauge says `+0.42 m` at the time, so the waterline in the first one is honest." })
  roomlog.setClock(morning + 8 * minute)
  await post(toms, {
    text: "I can bring the ladder at eleven. The report from May is here: https://surveys.example/2026-05",
    replyTo: first,
  })
  roomlog.setClock(morning + 21 * minute)
  const question = await post(brams, {
    text: "Could somebody ask the insurer whether a survey from a drone counts? Last year they wanted a *person* on a *boat*.",
  })
  await toms.toggleReaction(question, "🚤")
  const say = async (text: string) => post(brams, { text })
  return { reader: "Mara Keller", say }
}

async function takePictures(say: (text: string) => Promise<MessageId>, reader: string) {
  let known: Awaited<ReturnType<BrowserContext["storageState"]>> | undefined
  for (const { name, width, height, dark } of [
    { name: "room-light", width: 1280, height: 800, dark: false },
    { name: "room-dark", width: 1280, height: 800, dark: true },
    { name: "phone-light", width: 390, height: 844, dark: false },
  ]) {
    const context = await browser.newContext({
      viewport: { width, height },
      deviceScaleFactor: 2,
      colorScheme: dark ? "dark" : "light",
      bypassCSP: true,
      ...(known ? { storageState: known } : {}),
    })
    const page = await context.newPage()
    await page.goto(`${roomlog.url}/chat/harbour/`)
    await withEmoji(page)
    if (known === undefined) await arrive(page, reader)
    await page.getByText("whether a survey from a drone counts").waitFor()
    known ??= await context.storageState()
    if (name === "room-light") await say("Never mind, I know somebody with a boat. :)")
    await page.getByRole("textbox", { name: /Message to/ }).fill("and this is the boat")
    await page.waitForFunction(() => [...document.images].every((image) => image.complete))
    await page.screenshot({ path: join(pictures, `${name}.png`) })
    await context.close()
  }
}

async function arrive(page: Page, name: string) {
  await page.locator("[name=username]").fill(name)
  await page.locator("[name=username]").press("Enter")
}

async function enter(person: Roomlog, name: string): Promise<OpenRoom> {
  const { room } = await person.rooms.enter(name)
  const open = person.open(room)
  await open.ready
  return open
}

async function post(room: OpenRoom, message: Parameters<OpenRoom["post"]>[0]): Promise<MessageId> {
  const seq = await room.post(message)
  const item = await new Promise<MessageId>((resolve) => {
    const look = () => {
      const found = room.state.get().items.find((one) => one.seq === seq)
      if (found?._tag === "Message") resolve(found.id)
      return found !== undefined
    }
    if (!look()) {
      const stop = room.state.watch(() => look() && stop())
    }
  })
  return item
}

async function upload(person: Roomlog, room: RoomId, colour: Colour): Promise<Image> {
  const file = new File([new Uint8Array(gradient(colour))], "quay.png", { type: "image/png" })
  return { ...(await person.upload(room, file).done), alt: "The east quay" }
}

/** A browser without emoji glyphs gets them from the font that the tests bring. */
async function withEmoji(page: Page) {
  const folder = join(dirname(createRequire(import.meta.url).resolve("@fontsource/noto-color-emoji/package.json")))
  const css = await readFile(join(folder, "emoji.css"), "utf8").catch(() => readFile(join(folder, "400.css"), "utf8"))
  const files = [...css.matchAll(/url\(\.\/(files\/[^)]+\.woff2)\)/g)].map(([, file]) => file!)
  const inlined = await files.reduce(
    async (text, file) =>
      (await text).replaceAll(`./${file}`, `data:font/woff2;base64,${await readFile(join(folder, file), "base64")}`),
    Promise.resolve(css),
  )
  await page.addStyleTag({
    content: `${inlined}\nbody, button, input, textarea { font-family: "Open Sans", system-ui, "Noto Color Emoji", sans-serif }`,
  })
}

type Colour = readonly [red: number, green: number, blue: number]

/** A PNG of 460 x 300 that fades from a colour to its shade. */
function gradient([red, green, blue]: Colour): Buffer {
  const [width, height] = [460, 300]
  const rows = Buffer.alloc(height * (1 + width * 3))
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const shade = 1 - (0.75 * (x + 2 * y)) / (width + 2 * height)
      const at = y * (1 + width * 3) + 1 + x * 3
      rows.set([red * shade, green * shade, blue * shade], at)
    }
  const head = Buffer.alloc(13)
  head.writeUInt32BE(width, 0)
  head.writeUInt32BE(height, 4)
  head.set([8, 2, 0, 0, 0], 8)
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  return Buffer.concat([
    signature,
    chunk("IHDR", head),
    chunk("IDAT", deflateSync(rows)),
    chunk("IEND", Buffer.alloc(0)),
  ])
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type), data])
  const length = Buffer.alloc(4)
  length.writeUInt32BE(data.length)
  const sum = Buffer.alloc(4)
  sum.writeUInt32BE(crc(body))
  return Buffer.concat([length, body, sum])
}

function crc(bytes: Buffer): number {
  let sum = 0xffffffff
  for (const byte of bytes) {
    sum ^= byte
    for (let i = 0; i < 8; i++) sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1
  }
  return (sum ^ 0xffffffff) >>> 0
}
