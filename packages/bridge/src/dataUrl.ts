/** Bytes of an image that an old client may send inside an event. */
export const mostImageBytes = 8 * 1024 * 1024

const mostChars = 4 * Math.ceil(mostImageBytes / 3)

/** The bytes of an image's data URL in base64, or why not. The type it declares is not believed. */
export const bytesOf = (url: string): { readonly bytes: Uint8Array } | { readonly problem: string } => {
  const [start] = /^data:image\/[\w.+-]{1,40};base64,/i.exec(url.slice(0, 100)) ?? []
  if (start === undefined) return { problem: "must be a data URL of an image in base64" }
  if (url.length - start.length > mostChars) return tooLarge
  try {
    const bytes = Uint8Array.fromBase64(url.slice(start.length), { lastChunkHandling: "strict" })
    return bytes.length > mostImageBytes ? tooLarge : { bytes }
  } catch {
    return { problem: "must be whole and well-formed base64" }
  }
}

const tooLarge = { problem: `must have at most ${mostImageBytes / 1024 / 1024} MiB` }
