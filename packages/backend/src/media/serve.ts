import { createReadStream } from "node:fs"
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http"
import { pipeline } from "node:stream"
import { run } from "../edge.ts"
import type { Actor } from "../identity/identity.ts"
import type { Media, OpenImage } from "./media.ts"
import { say } from "./speak.ts"

/** Who a request's session belongs to, if it is valid. */
export type ActorOf = (headers: IncomingHttpHeaders) => Promise<Actor | undefined>

/** Finds the image behind the last part of a path. */
export type Open = Media["open"]

/** Answers GET and HEAD of `<prefix><name>` with the image, or with the same 404 whatever the reason. */
export const serveImages =
  (open: Open, actorOf: ActorOf, prefix: string) =>
  async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (request.method !== "GET" && request.method !== "HEAD")
      return say(response, 405, { detail: "Images can only be read." }, { allow: "GET, HEAD" })
    const name = (request.url ?? "").split("?", 1)[0]!.slice(prefix.length)
    const reader = await actorOf(request.headers)
    const image = await run(open(name, reader?.id))
    if (image === undefined) return say(response, 404, { detail: "There is no such image." })
    send(request, response, { ...image, name })
  }

const send = (
  request: IncomingMessage,
  response: ServerResponse,
  image: OpenImage & { readonly name: string },
): void => {
  const etag = `"${image.name}"`
  const headers = {
    etag,
    "cache-control": `${image.isPrivate ? "private" : "public"}, max-age=31536000, immutable`,
    "content-security-policy": "default-src 'none'; sandbox",
    "x-content-type-options": "nosniff",
  }
  if (isKnown(request.headers["if-none-match"], etag)) return void response.writeHead(304, headers).end()

  const range = rangeOf(request.headers, etag, image.bytes)
  if (range === "outside")
    return say(
      response,
      416,
      { detail: `The image has ${image.bytes} bytes.` },
      { "content-range": `bytes */${image.bytes}` },
    )
  const { start, end } = range ?? { start: 0, end: image.bytes - 1 }
  response.writeHead(range ? 206 : 200, {
    ...headers,
    "content-type": image.type,
    "content-disposition": `inline; filename="${image.name}"`,
    "content-length": end - start + 1,
    "accept-ranges": "bytes",
    ...(range ? { "content-range": `bytes ${start}-${end}/${image.bytes}` } : {}),
  })
  if (request.method === "HEAD") return void response.end()
  pipeline(createReadStream(image.path, { start, end }), response, () => {})
}

const isKnown = (known: string | undefined, etag: string): boolean =>
  (known ?? "").split(",").some((one) => one.trim() === "*" || one.trim().replace(/^W\//, "") === etag)

/** The one range that was asked for. Whatever else the header says, it means the whole file (RFC 9110, 14.2). */
const rangeOf = (headers: IncomingHttpHeaders, etag: string, bytes: number) => {
  if (headers["if-range"] !== undefined && headers["if-range"] !== etag) return undefined
  const [, from = "", to = ""] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(headers.range ?? "") ?? []
  if (from === "" && to === "") return undefined
  if (from === "") return to === "0" ? "outside" : { start: Math.max(0, bytes - Number(to)), end: bytes - 1 }
  const start = Number(from)
  if (to !== "" && Number(to) < start) return undefined
  return start >= bytes ? "outside" : { start, end: to === "" ? bytes - 1 : Math.min(Number(to), bytes - 1) }
}
