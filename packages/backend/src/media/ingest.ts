import { createHash, createHmac } from "node:crypto"
import { createReadStream } from "node:fs"
import type { IncomingMessage, ServerResponse } from "node:http"
import { pipeline } from "node:stream/promises"
import { limits } from "@roomlog/schemas/limits"
import { ingestBase, type Presigned, readPresigned, sign } from "./presigned.ts"
import { receive, wrapping } from "./receive.ts"
import { say } from "./speak.ts"
import { openWaiting } from "./waiting.ts"

export interface IngestNeeds {
  /** Where parts of files wait; only this ingest, on whatever node, uses it. */
  readonly folder: string
  readonly secret: string
  readonly now: () => number
  /** Tells UploadThing's server that a file is there; it answers at `callback-result` before this ends. */
  readonly callback: (request: Request) => Promise<Response>
  /** Where readers find the file. */
  readonly addressOf: (image: { readonly key: string }) => string
}

/** What UploadThing's server said of an upload before it began. */
interface Told {
  readonly metadata: unknown
  readonly callbackUrl: string
  readonly callbackSlug: string
}

/**
 * UploadThing's ingest (protocol version 7) inside this server, so that one client serves both.
 * What its server says to it goes from function to function; only the client's HEAD and PUT come over the network.
 */
export const makeIngest = ({ folder, secret, now, callback, addressOf }: IngestNeeds) => {
  const apiKey = `sk_live_${createHmac("sha256", secret).update("ingest").digest("hex")}`
  const waiting = openWaiting(folder)
  const results = new Map<string, unknown>()
  const writers = new Map<string, { readonly stop: () => void; readonly ended: Promise<void> }>()

  /** The newest writer of a file wins: the one before it most likely hangs on a dead connection. */
  const stopOthers = async (id: string): Promise<void> => {
    for (let other = writers.get(id); other !== undefined; other = writers.get(id)) {
      other.stop()
      await other.ended
    }
  }

  const alone = async (id: string, stop: () => void, write: () => Promise<void>): Promise<void> => {
    await stopOthers(id)
    const ended = write().finally(() => writers.delete(id))
    writers.set(id, { stop, ended: ended.catch(() => undefined) })
    await ended
  }

  const put = async (request: IncomingMessage, response: ServerResponse, upload: Presigned): Promise<void> => {
    const earlier = await waiting.answered(upload.id)
    if (isRecord(earlier)) return say(response, 200, earlier)
    const start = Number(/^bytes=(\d{1,15})-$/.exec(request.headers.range ?? "")?.[1] ?? 0)
    const arrived = await waiting.arrived(upload.id)
    if (start !== arrived)
      return say(
        response,
        409,
        { error: `${arrived} bytes are here: go on from there.` },
        { "x-ut-range-start": arrived },
      )
    const length = Number(request.headers["content-length"] ?? Number.NaN)
    if (!(length <= upload.size - start + wrapping))
      return say(response, 413, { error: "The file is longer than was announced." })
    const received = await receive(request, waiting.part(upload.id), upload.size - start)
    if (received === "cut") return
    if (received === "otherwise") {
      await waiting.drop(upload.id)
      return say(response, 400, { error: "The file is not what was announced. Upload it again." })
    }
    const answer = await finish(upload)
    await waiting.answer(upload.id, answer)
    await waiting.drop(upload.id)
    say(response, 200, answer)
  }

  /**
   * What the client hears of a file that is there. A refusal is `{ error }` in a 200, as the service says it:
   * of a 4xx the client would show "XHR failed" in place of the sentence.
   */
  const finish = async (upload: Presigned): Promise<Record<string, unknown>> => {
    const told = (await waiting.told(upload.key)) as Told | undefined
    if (told === undefined) return { error: "The server has forgotten this upload. Start it again." }
    const fileHash = await md5(waiting.part(upload.id))
    const { id, ...file } = upload
    const url = `${ingestBase}/${id}`
    const body = JSON.stringify({
      status: "uploaded",
      metadata: told.metadata,
      origin: ingestBase,
      file: { ...file, url, appUrl: url, ufsUrl: url, fileHash },
    })
    const heard = await callback(
      new Request(`${told.callbackUrl}?slug=${encodeURIComponent(told.callbackSlug)}`, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          "uploadthing-hook": "callback",
          "x-uploadthing-signature": sign(apiKey, body),
        },
        body,
      }),
    )
    const serverData = results.get(upload.key)
    results.delete(upload.key)
    if (!heard.ok || !isRecord(serverData)) return { error: "The server could not take the image. Try again." }
    if ("error" in serverData) return { error: serverData["error"] }
    const address = addressOf({ key: String(serverData["key"]) })
    return { url: address, appUrl: address, ufsUrl: address, fileHash, serverData }
  }

  return {
    /** What UploadThing's server takes for its service's token. */
    token: Buffer.from(
      JSON.stringify({ apiKey, appId: "roomlog", regions: ["local"], ingestHost: new URL(ingestBase).host }),
    ).toString("base64"),

    /** What UploadThing's server takes for the network. */
    fetch: async (request: Request): Promise<Response> => {
      if (request.headers.get("x-uploadthing-api-key") !== apiKey) return Response.json({ ok: false }, { status: 401 })
      const said: unknown = await request.json()
      if (request.url === `${ingestBase}/route-metadata` && isRecord(said) && Array.isArray(said["fileKeys"])) {
        for (const key of said["fileKeys"]) await waiting.tell(safe(key), said)
        return Response.json({ ok: true })
      }
      if (request.url === `${ingestBase}/callback-result` && isRecord(said)) {
        results.set(safe(said["fileKey"]), said["callbackData"] ?? null)
        return Response.json({ ok: true })
      }
      return Response.json({ ok: false }, { status: 404 })
    },

    /** Where `/ingest/` leads: HEAD tells how much of a file is here, PUT brings the rest of it. */
    door: async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
      if (request.method !== "HEAD" && request.method !== "PUT")
        return say(response, 405, { error: "Files come with PUT." }, { allow: "HEAD, PUT" })
      const upload = readPresigned(apiKey, request.url ?? "", now())
      if (upload === undefined) return say(response, 403, { error: "This upload is over. Start it again." })
      if (!(upload.size <= limits.imageBytes)) return say(response, 413, { error: "The file is too large." })
      if (request.method === "PUT")
        return alone(
          upload.id,
          () => request.destroy(),
          () => put(request, response, upload),
        )
      await stopOthers(upload.id)
      const arrived = (await waiting.answered(upload.id)) ? upload.size : await waiting.arrived(upload.id)
      response.writeHead(200, { "x-ut-range-start": arrived, "cache-control": "no-store" }).end()
    },

    /** Where the file is that a callback speaks of. */
    pathOf: (ufsUrl: string): string => waiting.part(safe(ufsUrl.slice(ingestBase.length + 1))),
  }
}

export type Ingest = ReturnType<typeof makeIngest>

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null

/** The key of an upload, which names files here. */
const safe = (key: unknown): string => {
  if (typeof key !== "string" || !/^[\w-]{8,128}$/.test(key)) throw new TypeError("not the key of an upload")
  return key
}

const md5 = async (path: string): Promise<string> => {
  const hash = createHash("md5")
  await pipeline(createReadStream(path), hash)
  return hash.digest("hex")
}
