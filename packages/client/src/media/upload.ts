import type { RoomId, StoredImage } from "@roomlog/schemas"
import { type Cell, cell } from "../cell.ts"
import type { Upload } from "../contract.ts"

/** How an image gets to the server. */
export interface UploadNeeds {
  /** Address of the upload route. */
  readonly url: string
  readonly headers: Record<string, string>
  readonly fetch: typeof fetch
}

/** One file on its way: `progress` is 0 to 100, and `signal` stops it. */
export interface Sending extends UploadNeeds {
  readonly room: RoomId
  readonly file: File
  readonly progress: Cell<number>
  readonly signal: AbortSignal
}

/** Sends an image. What sends it is loaded when the first one is sent. */
export const startUpload = (room: RoomId, file: File, needs: UploadNeeds): Upload => {
  const progress = cell(0)
  const abort = new AbortController()
  return {
    progress,
    done: send({ ...needs, room, file, progress, signal: abort.signal }),
    cancel: () => abort.abort(new Error("The upload was cancelled.")),
  }
}

const send = async (sending: Sending): Promise<StoredImage> => {
  const { sendFile } =
    typeof XMLHttpRequest === "undefined" ? await import("./overFetch.ts") : await import("./overUploadThing.ts")
  sending.signal.throwIfAborted()
  return sendFile(sending)
}
