import type { StoredImage } from "@roomlog/schemas"
import type { Sending } from "./upload.ts"

/** Sends a file in UploadThing's protocol over `fetch` alone, where there is no browser. Progress is all or nothing. */
export const sendFile = async ({
  url,
  headers,
  fetch,
  room,
  file,
  progress,
  signal,
}: Sending): Promise<StoredImage> => {
  const wanted = { name: file.name, size: file.size, type: file.type, lastModified: file.lastModified }
  const presigned = await answerOf<ReadonlyArray<{ readonly url: string }>>(
    fetch(`${url}?actionType=upload&slug=image`, {
      method: "POST",
      headers: {
        ...headers,
        "content-type": "application/json",
        "x-uploadthing-package": "roomlog",
        "x-uploadthing-version": version,
      },
      body: JSON.stringify({ files: [wanted], input: { room } }),
      signal,
    }),
  )
  const form = new FormData()
  form.append("file", file)
  const { serverData } = await answerOf<{ readonly serverData: StoredImage }>(
    fetch(presigned[0]!.url, {
      method: "PUT",
      headers: { range: "bytes=0-", "x-uploadthing-version": version },
      body: form,
      signal,
    }),
  )
  progress.set(100)
  return serverData
}

/** The protocol's version that this speaks. */
const version = "7.7.4"

const answerOf = async <T>(asked: Promise<Response>): Promise<T> => {
  const answer = await asked
  const body = (await answer.json().catch(() => undefined)) as T & {
    readonly message?: string
    readonly error?: string
  }
  if (answer.ok && body !== undefined && body.error === undefined) return body
  throw new Error(body?.message ?? body?.error ?? `The upload failed (${answer.status}).`)
}
