import type { IncomingMessage } from "node:http"
import { limits } from "@roomlog/schemas/limits"
import { answered, detail } from "./answers.ts"
import { typeOf, unsupported } from "./forms.ts"

/** Bytes of a body without files, and of a form with an image. */
const mostPlain = 64 * 1024
const mostForm = limits.imageBytes + mostPlain
/** Bytes of all bodies together that are held at once. */
const mostTogether = 3 * mostForm
/** Bytes that are thrown away so that their sender hears the answer; whoever sends more is cut off. */
const mostThrownAway = 2 * mostForm

/** Reads bodies whole, as far as there is room for all of them. */
export const makeBodies = () => {
  let held = 0

  /** The body, which is let go with `done`. Fails with the answer when it is too large or in no readable encoding. */
  return async (request: IncomingMessage): Promise<{ readonly bytes: Buffer; readonly done: () => void }> => {
    const { headers } = request
    const type = headers["content-type"] ?? ""
    if ((headers["content-encoding"] ?? "identity") !== "identity") throw answered(unsupported(type))
    const most = typeOf(type) === "multipart/form-data" ? mostForm : mostPlain
    const chunks: Array<Buffer> = []
    let length = 0
    const done = (): void => {
      held -= length
      length = 0
    }
    try {
      for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
        length += chunk.length
        held += chunk.length
        if (length > most) throw answered(tooLarge(most))
        if (held > mostTogether) throw answered(tooBusy)
        chunks.push(chunk)
      }
      return { bytes: Buffer.concat(chunks), done }
    } catch (cause) {
      chunks.length = 0
      done()
      if (!request.readableAborted) await throwAway(request)
      throw cause
    }
  }
}

const tooLarge = (most: number) =>
  detail(413, `The body is too large: at most ${most} bytes are taken here.`, { connection: "close" })
const tooBusy = detail(503, "Too many uploads at once. Try again.", { connection: "close", "retry-after": "1" })

/** Reads on for a while and keeps nothing: who still sends would not hear an answer before a closed connection. */
const throwAway = async (request: IncomingMessage): Promise<void> => {
  let left = mostThrownAway
  for await (const chunk of request as AsyncIterable<Buffer>) {
    left -= chunk.length
    if (left < 0) return
  }
}
