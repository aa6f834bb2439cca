/** A file of a tar, or a folder, which has no bytes. */
export interface Entry {
  readonly path: string
  readonly bytes?: Uint8Array<ArrayBuffer>
}

/**
 * What stands in a tar as PGlite writes it: plain files and folders, each folder before what is in it (POSIX.1-1988, ustar).
 * The bytes are the tar's own. Throws when it comes to where something is missing.
 */
export function* filesOf(tar: Buffer<ArrayBuffer>): Iterable<Entry> {
  const text = (from: number, length: number) => tar.toString("latin1", from, from + length).split("\0", 1)[0]!
  for (let at = 0; tar[at] !== 0; ) {
    if (text(at + 257, 5) !== "ustar") throw new Error(`no tar, or not all of it: no file begins at byte ${at}`)
    const path = text(at, 100)
    const size = Number.parseInt(text(at + 124, 12), 8)
    if (text(at + 156, 1) === "5") yield { path }
    else yield { path, bytes: new Uint8Array(tar.buffer, tar.byteOffset + at + 512, size) }
    at += 512 * (1 + Math.ceil(size / 512))
  }
}
