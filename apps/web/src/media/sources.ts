import type { Image } from "@roomlog/schemas"
import { mediaPath, thumbPath } from "@roomlog/schemas/paths"

/** The longer side of a thumbnail in pixels: an image that is no larger is its own. */
const thumbSide = 640
/** Bytes up to which an animation plays among the messages. */
const mostMoving = 3 * 1024 * 1024

/** Where to look for the picture shown among messages, best first: the next one when one cannot be loaded. */
export const sourcesOf = (image: Image, calm: boolean): ReadonlyArray<string> => {
  const whole = mediaPath(image.key)
  const plays = image.type === "image/gif" && image.bytes <= mostMoving && !calm
  const isSmall = Math.max(image.width, image.height) <= thumbSide && image.type !== "image/gif"
  return plays || isSmall ? [whole] : [thumbPath(image.key), whole]
}

/** Why a picture did not come: it is gone for good, or nobody could say. */
export const whyLost = async (image: Image): Promise<"gone" | "unreachable"> => {
  try {
    const { status } = await fetch(mediaPath(image.key), { method: "HEAD" })
    return status === 404 || status === 410 ? "gone" : "unreachable"
  } catch {
    return "unreachable"
  }
}
