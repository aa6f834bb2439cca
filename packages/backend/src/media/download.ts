import { createWriteStream } from "node:fs"
import { rm } from "node:fs/promises"
import { Readable } from "node:stream"
import { pipeline } from "node:stream/promises"
import type { ReadableStream } from "node:stream/web"
import { limits } from "@roomlog/schemas/limits"

const patience = 60_000

/** Brings a file of the UploadThing service to a path: from its own hosts alone, no larger than an image may be. */
export const download = async (address: string, path: string, fetch: typeof globalThis.fetch): Promise<void> => {
  const url = new URL(address)
  if (url.protocol !== "https:" || !/^(utfs\.io|([\w-]+\.)?ufs\.sh)$/.test(url.hostname) || url.port !== "")
    throw new Error(`${url.host} is not a host of UploadThing.`)
  const response = await fetch(url, { redirect: "error", signal: AbortSignal.timeout(patience) })
  if (!response.ok || response.body === null) throw new Error(`UploadThing answered ${response.status}.`)
  try {
    await pipeline(
      Readable.fromWeb(response.body as ReadableStream<Uint8Array>),
      noLonger(limits.imageBytes),
      createWriteStream(path),
    )
  } catch (cause) {
    await rm(path, { force: true })
    throw cause
  }
}

const noLonger = (most: number) =>
  async function* (chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    let length = 0
    for await (const chunk of chunks) {
      length += chunk.length
      if (length > most) throw new Error("UploadThing sent more than an image may have.")
      yield chunk
    }
  }
