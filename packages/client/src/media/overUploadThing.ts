import type { RoomId, StoredImage } from "@roomlog/schemas"
import { genUploader, UploadAbortedError } from "uploadthing/client"
import type { FileRouter } from "uploadthing/types"
import type { Sending } from "./upload.ts"

/** Sends a file with UploadThing's own client, which needs a browser. */
export const sendFile = async ({
  url,
  headers,
  fetch,
  room,
  file,
  progress,
  signal,
}: Sending): Promise<StoredImage> => {
  const { uploadFiles } = genUploader<{ image: ImageRoute }>({
    url,
    package: "roomlog",
    fetch: fetch as typeof globalThis.fetch,
  })
  try {
    const [sent] = await uploadFiles("image", {
      files: [file],
      input: { room },
      headers,
      signal,
      onUploadProgress: (now) => progress.set(Math.min(100, Math.round(now.progress))),
    })
    progress.set(100)
    return sent!.serverData
  } catch (problem) {
    if (problem instanceof UploadAbortedError) signal.throwIfAborted()
    throw problem
  }
}

type AnyRoute = FileRouter[string]
interface ImageRoute extends Omit<AnyRoute, "$types"> {
  $types: Omit<AnyRoute["$types"], "input" | "output"> & {
    input: { readonly room: RoomId }
    output: StoredImage
  }
}
