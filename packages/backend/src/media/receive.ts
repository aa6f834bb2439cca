import { open } from "node:fs/promises"
import type { IncomingMessage } from "node:http"

/** How a file came: whole; cut off, with what came kept; or otherwise than it was announced. */
export type Received = "whole" | "cut" | "otherwise"

/** Bytes around the file in a body with one part. */
export const wrapping = 8 * 1024

/** Appends the file in a multipart body of one part to a file on disk, as it comes. Its length must be known. */
export const receive = async (request: IncomingMessage, path: string, missing: number): Promise<Received> => {
  const boundary = /^multipart\/form-data;.*boundary="?([^";\s]{1,200})"?/i.exec(
    request.headers["content-type"] ?? "",
  )?.[1]
  const handle = await open(path, "a")
  const body = makeBody(missing)
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      const data = body.take(chunk)
      if (data.length > 0) await handle.appendFile(data)
    }
  } catch (cause) {
    if (!request.readableAborted) throw cause
    return "cut"
  } finally {
    await handle.close()
  }
  return boundary !== undefined && body.endedWith(boundary) ? "whole" : "otherwise"
}

/** Takes the headers of the part off its front and the closing boundary off its end. */
const makeBody = (missing: number) => {
  let front: Buffer | undefined = Buffer.alloc(0)
  let left = missing
  let rest = Buffer.alloc(0)
  let isOtherwise = false

  const inside = (chunk: Buffer): Buffer => {
    const data = chunk.subarray(0, left)
    left -= data.length
    if (chunk.length > data.length) rest = Buffer.concat([rest, chunk.subarray(data.length)])
    isOtherwise ||= rest.length > wrapping
    return data
  }

  return {
    /** What of a chunk is the file. */
    take: (chunk: Buffer): Buffer => {
      if (isOtherwise) return Buffer.alloc(0)
      if (front === undefined) return inside(chunk)
      front = Buffer.concat([front, chunk])
      const end = front.indexOf("\r\n\r\n")
      isOtherwise = end < 0 && front.length > wrapping
      if (end < 0) return Buffer.alloc(0)
      const data = front.subarray(end + 4)
      front = undefined
      return inside(data)
    },
    endedWith: (boundary: string): boolean =>
      !isOtherwise && left === 0 && rest.toString("latin1").trimEnd() === `\r\n--${boundary}--`,
  }
}
